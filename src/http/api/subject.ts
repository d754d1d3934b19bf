import { AccessError, type KeycloakError, TokenError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { KeycloakAuthToken } from '../../token.js'
import { sha256 } from '../../util/random.js'
import { loadedState, loginOf, missing, stateOf } from '../guard/login-state.js'
import { presentLogin } from '../renewal/present-login.js'
import type { Context } from '../types.js'
import { presentedToken } from './bearer-token.js'
import { apiChallenge } from './resource.js'

/** In whose name a request asks the provider for something: the owner of its token, or who is logged in. */
export interface Subject {
  /** Whether it is the token's owner, who has no login that could be renewed. */
  isBearer: boolean
  /** Tells the access tokens of all users apart, and is none. */
  key: string
  /** Tells logins apart, whatever token they have; of a token it is `key`. */
  lastingKey: string
  /** End of the access token's life in seconds since the epoch, as far as it is known. */
  endsAt: number | undefined
}

/** The request's subject; `undefined` when nobody is logged in. Throws `piece_missing`. */
export function subjectOf(provider: Provider, ctx: Context, piece: string): Subject | undefined {
  const { bearer } = stateOf(provider, ctx)
  if (bearer !== undefined) {
    const token = presentedToken(provider, ctx)
    if (token === undefined) throw missing(piece, 'bearer() or authenticate()')
    const key = sha256(token)
    const { exp } = bearer
    return { isBearer: true, key, lastingKey: key, endsAt: typeof exp === 'number' ? exp : undefined }
  }
  const state = loadedState(provider, ctx, piece)
  if (!state.loggedIn) return undefined
  const { id, record } = loginOf(state)
  const lastingKey = sha256(id)
  const { expiresAt } = new KeycloakAuthToken(record.tokens)
  return { isBearer: false, key: `${lastingKey}:${record.renewals}`, lastingKey, endsAt: expiresAt }
}

/**
 * Asks the provider for something with the subject's access token. A login's token that the provider does not take is
 * renewed once: either the login has ended there, which the renewal finds out, or there is a new token.
 *
 * Throws `login_required`, what `accessToken` throws of a login, and what `ask` throws.
 *
 * @param force renews a login's token first
 */
export async function asSubject<T>(
  provider: Provider,
  ctx: Context,
  piece: string,
  ask: (subject: Subject, token: string) => Promise<T>,
  force = false,
): Promise<T> {
  const token = presentedToken(provider, ctx) ?? (await presentLogin(provider, ctx, force, piece))
  const subject = subjectOf(provider, ctx, piece)
  if (subject === undefined) throw new AccessError('login_required')
  try {
    return await ask(subject, token)
  } catch (error) {
    if (!(error instanceof TokenError)) throw error
    if (subject.isBearer) throw challenged(provider, error)
    if (force) throw error
    return asSubject(provider, ctx, piece, ask, true)
  }
}

function challenged(provider: Provider, error: TokenError): KeycloakError {
  return error.withHeaders({ 'WWW-Authenticate': apiChallenge(provider, { error: 'invalid_token' }) })
}
