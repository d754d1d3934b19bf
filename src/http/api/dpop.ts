import { TokenError } from '../../errors.js'
import { type ProvenRequest, verifyProof } from '../../protocol/api/dpop-proof.js'
import type { VerifiedClaims } from '../../protocol/api/verify-token.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, flag, neverUndefined, oneOf, withDefault } from '../../util/checks.js'
import { isObject } from '../../util/kind-of.js'
import { ALGORITHMS } from '../../util/signature-algorithms.js'
import { signed, verified } from '../cookies.js'
import { pageAsked, publicOrigin } from '../public-address.js'
import type { Context } from '../types.js'
import { dpopChallenge } from './challenge.js'

export interface DpopOptions {
  /**
   * Access tokens that are bound to a key of the client's (RFC 9449): refuse them; accept them with their proof, beside
   * bearer tokens; or require them. Default `refuse`.
   */
  dpop?: 'refuse' | 'accept' | 'require'
  /** Whether a proof has to have a nonce that this application gave just before. Default false. */
  dpopNonce?: boolean
}

export const DPOP_OPTIONS = {
  dpop: withDefault(neverUndefined(oneOf('refuse', 'accept', 'require')), 'refuse'),
  dpopNonce: withDefault(neverUndefined(flag), false),
} satisfies Checks<DpopOptions>

const NONCE = 'dpop-nonce'

/** Seconds in which a nonce is the same; the one before is good, too. */
const PERIOD = 60

/**
 * Makes sure that an access token was brought by who holds its key.
 *
 * Throws `token_invalid` with a reason, `keys_missing` where a nonce is asked for, `store_unavailable`.
 */
export async function refuseUnproven(
  provider: Provider,
  ctx: Context,
  { accessToken, claims, dpopNonce }: { accessToken: string; claims: VerifiedClaims; dpopNonce: boolean },
): Promise<void> {
  const about: ProvenRequest = {
    method: ctx.method,
    address: publicOrigin(provider, ctx) + pageAsked(provider, ctx),
    accessToken,
    jkt: isObject(claims.cnf) ? claims.cnf.jkt : undefined,
    isNonce: dpopNonce ? nonce => isNonce(provider, ctx, nonce) : undefined,
  }
  if (typeof about.jkt !== 'string') throw new TokenError('token_invalid', { reason: 'not_bound' })
  await verifyProof(provider, ctx.get('dpop'), about)
}

/** What a client has to bring (RFC 9449, section 7.1). */
export function askForProof(params: Readonly<Record<string, string>> = {}): string {
  return dpopChallenge({ ...params, algs: ALGORITHMS.join(' ') })
}

/** How a refusal is called in a challenge. */
export function proofErrorOf(reason: string | undefined): string {
  if (reason === 'nonce_missing') return 'use_dpop_nonce'
  return reason === 'proof_invalid' || reason === 'proof_used' ? 'invalid_dpop_proof' : 'invalid_token'
}

/** The nonce of now (RFC 9449, section 9): every process with these `app.keys` knows it, and none keeps it. */
export function nonceOf(provider: Provider, ctx: Context): string {
  return signed(ctx, NONCE, periodOf(provider, 0))
}

function isNonce(provider: Provider, ctx: Context, nonce: unknown): boolean {
  if (typeof nonce !== 'string') return false
  const period = verified(ctx, NONCE, nonce)
  return period === periodOf(provider, 0) || period === periodOf(provider, -1)
}

const periodOf = ({ settings }: Provider, offset: number) =>
  (Math.floor(settings.now() / PERIOD) + offset).toString(36)
