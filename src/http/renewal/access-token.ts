import { checkArgument, checkOptions } from '../../check-options.js'
import { fetchUserInfo } from '../../protocol/api/user-info.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { KeycloakAuthToken } from '../../token.js'
import {
  type Check,
  type Checks,
  flag,
  listOf,
  neverUndefined,
  oneOrMore,
  text,
  withDefault,
  word,
} from '../../util/checks.js'
import { isKoaContext } from '../../util/kind-of.js'
import type { UserClaims } from '../../util/standard-claims.js'
import { exchangedToken } from '../api/exchanged-token.js'
import { CONTEXT } from '../check-context.js'
import { loadedState } from '../guard/login-state.js'
import type { Context } from '../types.js'
import { presentLogin } from './present-login.js'

const SOURCE: Check<Context | KeycloakAuthToken> = {
  expected: 'the context of a request, or a KeycloakAuthToken',
  accepts: (v): v is Context | KeycloakAuthToken => isKoaContext(v) || v instanceof KeycloakAuthToken,
}

export interface AccessTokenOptions {
  /** Asks for new tokens now: a role was granted, or an API refused the token. Default false. */
  force?: boolean
  /**
   * Clients that a token is wanted for in the user's name: it is exchanged for one that names them (RFC 8693). Default:
   * none; the user's own access token.
   */
  audience?: string | readonly string[]
  /** Scopes to ask for in such an exchange. Default: what the client has by default. */
  scopes?: readonly string[]
}

const OPTIONS = {
  force: withDefault(flag, false),
  audience: neverUndefined(oneOrMore(text)),
  scopes: neverUndefined(listOf(word, { min: 1 })),
} satisfies Checks<AccessTokenOptions>

/**
 * The logged-in user's access token, renewed when it is expired or nearly so; `ctx.state` follows. With `force` it
 * is a new one, or none.
 *
 * With `audience` or `scopes` it is a token for other services, by token exchange (RFC 8693): of the owner of the token
 * that `bearer` or `authenticate` verified, or of who is logged in. It is kept in this process until shortly before its
 * end, and asked for once however many want it.
 *
 * Throws `login_required` when nobody is logged in (any more), `token_expired` when the token can not be
 * renewed, `provider_unavailable` when it has to be renewed and the provider is away or refuses,
 * `id_token_invalid` when its answer is not to be believed, `store_unavailable`, `invalid_options`; of an exchange
 * `exchange_refused`, `token_invalid` when the provider does not take the token that is exchanged, a `ProviderError`.
 */
export async function accessToken(
  provider: Provider,
  ctx: Context,
  options: AccessTokenOptions = {},
): Promise<string> {
  checkProvider('accessToken()', provider)
  checkArgument('accessToken()', 'ctx', ctx, CONTEXT)
  const { force, ...wanted } = checkOptions('accessToken()', options, OPTIONS)
  if (wanted.audience !== undefined || wanted.scopes !== undefined)
    return exchangedToken(provider, ctx, wanted, force)
  return presentLogin(provider, ctx, force)
}

/**
 * What the provider's userinfo endpoint says of a user: of the one who is logged in, or of a token's.
 *
 * Throws what `accessToken` throws, `token_invalid`, or a `ProviderError`.
 */
export async function userInfo(provider: Provider, source: Context | KeycloakAuthToken): Promise<UserClaims> {
  checkProvider('userInfo()', provider)
  checkArgument('userInfo()', 'the user', source, SOURCE)
  if (source instanceof KeycloakAuthToken) {
    return fetchUserInfo(provider, source.accessToken, source.sub ?? '')
  }
  const token = await presentLogin(provider, source, false)
  const state = loadedState(provider, source, 'userInfo')
  return fetchUserInfo(provider, token, (state.loggedIn && state.token.sub) || '')
}
