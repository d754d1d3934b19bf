import type { Provider } from '../../provider/provider.js'
import { KeycloakAuthToken } from '../../token.js'
import { sha256 } from '../../util/random.js'
import { loadedState, loginOf, missing, stateOf } from '../guard/login-state.js'
import { presentLogin } from '../renewal/access-token.js'
import type { Context } from '../types.js'
import { presentedToken } from './bearer-token.js'

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
    return { isBearer: true, key, lastingKey: key, endsAt: Number(bearer.exp) }
  }
  const state = loadedState(provider, ctx, piece)
  if (!state.loggedIn) return undefined
  const { id, record } = loginOf(state)
  const lastingKey = sha256(id)
  const { expiresAt } = new KeycloakAuthToken(record.tokens)
  return { isBearer: false, key: `${lastingKey}:${record.renewals}`, lastingKey, endsAt: expiresAt }
}

/**
 * The subject's access token; a login's is renewed when that is due, or by `force`. Throws what `accessToken` throws.
 */
export async function tokenOf(provider: Provider, ctx: Context, force = false): Promise<string> {
  return presentedToken(provider, ctx) ?? presentLogin(provider, ctx, force)
}
