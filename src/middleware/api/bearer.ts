import { checkOptions } from '../../check-options.js'
import { AccessError, TokenError } from '../../errors.js'
import { stateOf } from '../../http/guard/login-state.js'
import { refuse, reporting } from '../../http/refusal.js'
import type { Context, Middleware } from '../../http/types.js'
import {
  VERIFY_TOKEN_OPTIONS,
  type VerifyTokenOptions,
  verifyAccessToken,
} from '../../protocol/api/verify-token.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, listOf, neverUndefined, word } from '../../util/checks.js'

export interface BearerOptions extends VerifyTokenOptions {
  /** Scopes that the token has to have, all of them. */
  scopes?: readonly string[]
}

const OPTIONS = {
  ...VERIFY_TOKEN_OPTIONS,
  scopes: neverUndefined(listOf(word, { min: 1 })),
} satisfies Checks<BearerOptions>

/**
 * Lets only requests pass that bring a valid access token (RFC 6750, section 2.1): for APIs. Pass-through.
 *
 * Reads the `Authorization` header. Writes `ctx.state[name].bearer`, the token's claims.
 *
 * Throws `token_invalid` (401) with `WWW-Authenticate`; answers `scope_missing` (403) for a scope that it lacks;, or a
 * `ProviderError`. A token that is bound to a key (DPoP, mTLS) is refused: it is no bearer token. `invalid_options` when it is called.
 */
export function bearer(provider: Provider, options: BearerOptions = {}): Middleware {
  checkProvider('bearer()', provider)
  const { scopes = [], ...asked } = checkOptions('bearer()', options, OPTIONS)
  return async function bearer(ctx, next) {
    const claims = await reporting(provider, 'bearer.refused', () => verified(provider, ctx, asked))
    const granted = typeof claims.scope === 'string' ? claims.scope.split(' ') : []
    const missing = scopes.filter(scope => !granted.includes(scope))
    if (missing.length > 0) return refuseScope(provider, ctx, missing)
    stateOf(provider, ctx).bearer = claims
    await next()
  }
}

async function verified(provider: Provider, ctx: Context, options: VerifyTokenOptions) {
  const [, token] = /^Bearer +([\w.~+/-]+=*) *$/i.exec(ctx.get('authorization')) ?? []
  // "If the request lacks any authentication information, the resource server SHOULD NOT include an error code"
  if (token === undefined) throw challenge('Bearer')
  try {
    const claims = await verifyAccessToken(provider, token, options)
    if (claims.cnf !== undefined) throw new TokenError('token_invalid', { detail: 'It is bound to a key.' })
    return claims
  } catch (error) {
    if (error instanceof TokenError) throw challenge('Bearer error="invalid_token"', error)
    throw error
  }
}

function challenge(value: string, cause?: unknown): TokenError {
  return new TokenError('token_invalid', { cause, headers: { 'WWW-Authenticate': value } })
}

/** RFC 6750, section 3.1: "insufficient_scope", and which scopes are necessary. */
function refuseScope(provider: Provider, ctx: Context, missing: string[]): void {
  const value = `Bearer error="insufficient_scope", scope="${missing.join(' ')}"`
  const error = new AccessError('scope_missing', { headers: { 'WWW-Authenticate': value } })
  refuse(provider, ctx, 'bearer.refused', error, { error: 'insufficient_scope' })
}
