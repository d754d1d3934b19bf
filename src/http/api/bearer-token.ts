import { AccessError, TokenError } from '../../errors.js'
import { refuseEndedToken } from '../../protocol/api/ended-token.js'
import { introspectToken } from '../../protocol/api/introspection.js'
import {
  audienceOf,
  VERIFY_TOKEN_OPTIONS,
  type VerifiedClaims,
  type VerifyTokenOptions,
  verifyAccessToken,
} from '../../protocol/api/verify-token.js'
import type { Provider } from '../../provider/provider.js'
import {
  type Checks,
  DAY,
  flag,
  listOf,
  neverUndefined,
  oneOrMore,
  seconds,
  withDefault,
  word,
} from '../../util/checks.js'
import { weakCache } from '../../util/weak-cache.js'
import { stateOf } from '../guard/login-state.js'
import { type Demand, demandOf, suffices } from '../guard/suffices.js'
import { refuse, reporting } from '../refusal.js'
import type { Context } from '../types.js'
import { askForProof, DPOP_OPTIONS, type DpopOptions, nonceOf, proofErrorOf, refuseUnproven } from './dpop.js'
import { apiChallenge, firstChallenge } from './resource.js'

export interface BearerOptions extends VerifyTokenOptions, DpopOptions {
  /** Scopes that the token has to have, all of them. */
  scopes?: readonly string[]
  /** Seconds since the token's user proved who they are (`auth_time`); older, and the token is refused. At least 1. */
  maxAge?: number
  /** Authentication contexts, one of which the token's user must have reached (`acr`). */
  acr?: string | readonly string[]
  /**
   * Whether a token ends with its login, and not only when it expires: two reads of the store for each request. What
   * counts are the logouts that this provider has served, in whatever process. Default false.
   */
  revocable?: boolean
  /**
   * Whether the provider is asked about each token, at most every 30 seconds (RFC 7662): for tokens that are no JWT,
   * or lack the claims that matter. Default false.
   */
  introspect?: boolean
}

export const BEARER_OPTIONS = {
  ...VERIFY_TOKEN_OPTIONS,
  ...DPOP_OPTIONS,
  scopes: neverUndefined(listOf(word, { min: 1 })),
  maxAge: neverUndefined(seconds(366 * DAY, { min: 1 })),
  acr: neverUndefined(oneOrMore(word)),
  revocable: withDefault(neverUndefined(flag), false),
  introspect: withDefault(neverUndefined(flag), false),
} satisfies Checks<BearerOptions>

/** The tokens that requests came with and that were verified: for what is asked in their name. */
const presented = weakCache((_: Provider) => new WeakMap<Context, string>())

/** The access token whose claims are `state.bearer`; `undefined` when none was verified for this request. */
export function presentedToken(provider: Provider, ctx: Context): string | undefined {
  return stateOf(provider, ctx).bearer === undefined ? undefined : presented(provider).get(ctx)
}

/** Whether a request says that it brings an access token, whatever that is worth. A browser adds none by itself. */
export function bringsToken(ctx: Context): boolean {
  return /^(?:bearer|dpop)(?![\w-])/i.test(ctx.get('authorization'))
}

/**
 * Verifies the access token that a request brings (RFC 6750, section 2.1), and hands its claims on as
 * `state.bearer`. Tells whether the request may pass; if not, it is answered: `scope_missing` (403, section 3.1) or
 * `step_up_required` (401, RFC 9470, section 3).
 *
 * Throws `token_invalid` (401) with `WWW-Authenticate`, or a `ProviderError`; with `revocable` `token_invalid` for a
 * token that a logout covers, too, and `store_unavailable` (503).
 */
export async function admitToken(provider: Provider, ctx: Context, options: BearerOptions): Promise<boolean> {
  const { scopes = [] } = options
  const claims = await reporting(provider, 'bearer.refused', () => verified(provider, ctx, options))
  const granted = typeof claims.scope === 'string' ? claims.scope.split(' ') : []
  const missing = scopes.filter(scope => !granted.includes(scope))
  if (missing.length > 0) return refuseScope(provider, ctx, missing)
  const demand = demandOf(options)
  if (!suffices(provider, { acr: claims.acr, authTime: claims.auth_time }, demand)) {
    return refuseAuthentication(provider, ctx, demand)
  }
  stateOf(provider, ctx).bearer = claims
  return true
}

async function verified(provider: Provider, ctx: Context, options: BearerOptions): Promise<VerifiedClaims> {
  const { dpop = 'refuse', dpopNonce = false } = options
  const [, scheme = '', token] = /^(Bearer|DPoP) +([\w.~+/-]+=*) *$/i.exec(ctx.get('authorization')) ?? []
  const isBound = scheme.toLowerCase() === 'dpop'
  // "If the request lacks any authentication information, the resource server SHOULD NOT include an error code"
  if (token === undefined || (isBound && dpop === 'refuse')) throw challenge(challengesOf(provider, options))
  try {
    if (!isBound && dpop === 'require') throw new TokenError('token_invalid', { reason: 'not_bound' })
    const claims = await claimsOf(provider, token, options)
    if (isBound) await refuseUnproven(provider, ctx, { accessToken: token, claims, dpopNonce })
    else if (claims.cnf !== undefined)
      throw new TokenError('token_invalid', { detail: 'It is bound to a key.' })
    if (options.revocable) await refuseEndedToken(provider, claims)
    presented(provider).set(ctx, token)
    return claims
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    const nonce = dpopNonce ? { 'DPoP-Nonce': nonceOf(provider, ctx) } : {}
    throw challenge(refusedAs(provider, options, error), nonce, error)
  }
}

/** What a request without a token is asked for. */
export function challengesOf(provider: Provider, { scopes, dpop = 'refuse' }: BearerOptions): string[] {
  const proof = dpop === 'refuse' ? [] : [askForProof()]
  return dpop === 'require' ? proof : [firstChallenge(provider, scopes), ...proof]
}

/** Why a token was refused, for each scheme that would do. */
function refusedAs(provider: Provider, options: BearerOptions, { reason }: TokenError): string[] {
  const { dpop = 'refuse' } = options
  const error = proofErrorOf(reason)
  const proof = dpop === 'refuse' ? [] : [askForProof({ error })]
  return dpop === 'require' ? proof : [apiChallenge(provider, { error: 'invalid_token' }), ...proof]
}

function claimsOf(provider: Provider, token: string, options: BearerOptions): Promise<VerifiedClaims> {
  if (!options.introspect) return verifyAccessToken(provider, token, options)
  return introspectToken(provider, token, options.audience ?? audienceOf(provider))
}

function challenge(challenges: string[], headers = {}, cause?: TokenError): TokenError {
  const reason = cause?.reason
  return new TokenError('token_invalid', {
    cause,
    headers: { 'WWW-Authenticate': challenges.length === 1 ? String(challenges[0]) : challenges, ...headers },
    ...(reason !== undefined && { reason }),
  })
}

/** RFC 6750, section 3.1: "insufficient_scope", and which scopes are necessary. */
function refuseScope(provider: Provider, ctx: Context, missing: string[]): false {
  const error = 'insufficient_scope'
  const headers = { 'WWW-Authenticate': apiChallenge(provider, { error, scope: missing.join(' ') }) }
  refuse(provider, ctx, 'bearer.refused', new AccessError('scope_missing', { headers }), { error })
  return false
}

/** RFC 9470, section 3: what the user has to prove, so that the caller can send them to do so. */
function refuseAuthentication(provider: Provider, ctx: Context, { acr, maxAge }: Demand): false {
  const error = 'insufficient_user_authentication'
  const asked = {
    ...(acr && { acr_values: acr.join(' ') }),
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
  }
  const headers = { 'WWW-Authenticate': apiChallenge(provider, { error, ...asked }) }
  refuse(provider, ctx, 'bearer.refused', new AccessError('step_up_required', { headers }), { error })
  return false
}
