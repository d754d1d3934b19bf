import { checkArgument } from '../../check-options.js'
import { checkProvider } from '../../check-provider.js'
import { AccessError, TokenError } from '../../errors.js'
import { fetchUserInfo } from '../../protocol/api/user-info.js'
import { isExpired, needsRenewal, renewLogin } from '../../protocol/renewal/renewal.js'
import type { Provider } from '../../provider.js'
import { KeycloakAuthToken } from '../../token.js'
import type { Check } from '../../util/checks.js'
import type { Claims } from '../../util/decode-claims.js'
import { isKoaContext } from '../../util/kind-of.js'
import { CONTEXT } from '../check-context.js'
import { enterLogin, leaveLogin, loadedState, loginOf } from '../guard/login-state.js'
import { clearSession } from '../session.js'
import type { Context } from '../types.js'

const SOURCE: Check<Context | KeycloakAuthToken> = {
  expected: 'the context of a request, or a KeycloakAuthToken',
  accepts: (v): v is Context | KeycloakAuthToken => isKoaContext(v) || v instanceof KeycloakAuthToken,
}

/**
 * The logged-in user's access token, renewed when it is expired or nearly so; `ctx.state` follows.
 *
 * Throws `login_required` when nobody is logged in (any more), `token_expired` when the token can not be
 * renewed, `provider_unavailable` when it has to be renewed and the provider is away, `store_unavailable`,
 * `invalid_options`.
 */
export async function accessToken(provider: Provider, ctx: Context): Promise<string> {
  checkProvider('accessToken()', provider)
  checkArgument('accessToken()', 'ctx', ctx, CONTEXT)
  const state = loadedState(provider, ctx, 'accessToken')
  if (!state.loggedIn) throw new AccessError('login_required')
  const { id, record } = loginOf(state)
  const now = provider.settings.now()
  if (!needsRenewal(record, now)) return record.tokens.accessToken
  if (record.tokens.refreshToken === undefined) {
    if (isExpired(record, now)) throw new TokenError('token_expired')
    return record.tokens.accessToken
  }
  try {
    const renewed = await renewLogin(provider, id, record)
    if (renewed) {
      enterLogin(provider, ctx, id, renewed)
      // What another request renewed since this one began may have expired since, too.
      const isOld = renewed.tokens.receivedAt < now && needsRenewal(renewed, now)
      return isOld ? accessToken(provider, ctx) : renewed.tokens.accessToken
    }
  } catch (error) {
    if (isExpired(record, now)) throw error
    return record.tokens.accessToken
  }
  await clearSession(provider, ctx)
  leaveLogin(provider, ctx)
  throw new AccessError('login_required')
}

/**
 * What the provider's userinfo endpoint says of a user: of the one who is logged in, or of a token's.
 *
 * Throws what `accessToken` throws, `token_invalid`, or a `ProviderError`.
 */
export async function userInfo(provider: Provider, source: Context | KeycloakAuthToken): Promise<Claims> {
  checkProvider('userInfo()', provider)
  checkArgument('userInfo()', 'the user', source, SOURCE)
  if (source instanceof KeycloakAuthToken) {
    return fetchUserInfo(provider, source.accessToken, source.sub ?? '')
  }
  const token = await accessToken(provider, source)
  const state = loadedState(provider, source, 'userInfo')
  return fetchUserInfo(provider, token, (state.loggedIn && state.token.sub) || '')
}
