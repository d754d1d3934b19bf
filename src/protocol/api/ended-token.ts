import { TokenError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import type { VerifiedClaims } from './verify-token.js'

/**
 * Makes sure that no logout covers an access token that was verified: one of its session (`sid`), or of its user
 * (`sub`, by the token's `iat`). Two reads of the store at once.
 *
 * Throws `token_invalid` with the reason `logged_out`, or `not_revocable` for a token that names neither session nor
 * user; `store_unavailable`: then it is not let in either.
 */
export async function refuseEndedToken(
  { logins, settings }: Provider,
  claims: VerifiedClaims,
): Promise<void> {
  const { iat, exp, sub, session_state } = claims
  const sid = textOf(claims.sid ?? (settings.legacy ? session_state : undefined))
  if (iat === undefined || (sid === undefined && sub === undefined)) throw ended('not_revocable')
  await logins.tokens.learn(Number(exp) - iat)
  if (await logins.tokens.isEnded({ sid, sub, issuedAt: iat })) throw ended('logged_out')
}

function ended(reason: 'logged_out' | 'not_revocable'): TokenError {
  return new TokenError('token_invalid', { reason })
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}
