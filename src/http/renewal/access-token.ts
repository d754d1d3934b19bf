import { checkArgument, checkOptions } from '../../check-options.js'
import { AccessError, ProviderError, TokenError } from '../../errors.js'
import { fetchUserInfo } from '../../protocol/api/user-info.js'
import { renewalDue } from '../../protocol/renewal/due.js'
import { renewLogin } from '../../protocol/renewal/renewal.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { KeycloakAuthToken } from '../../token.js'
import { type Check, type Checks, flag, withDefault } from '../../util/checks.js'
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

export interface AccessTokenOptions {
  /** Asks for new tokens now: a role was granted, or an API refused the token. Default false. */
  force?: boolean
}

const OPTIONS = {
  force: withDefault(flag, false),
} satisfies Checks<AccessTokenOptions>

/**
 * The logged-in user's access token, renewed when it is expired or nearly so; `ctx.state` follows. With `force` it
 * is a new one, or none.
 *
 * Throws `login_required` when nobody is logged in (any more), `token_expired` when the token can not be
 * renewed, `provider_unavailable` when it has to be renewed and the provider is away or refuses,
 * `id_token_invalid` when its answer is not to be believed, `store_unavailable`, `invalid_options`.
 */
export async function accessToken(
  provider: Provider,
  ctx: Context,
  options: AccessTokenOptions = {},
): Promise<string> {
  checkProvider('accessToken()', provider)
  checkArgument('accessToken()', 'ctx', ctx, CONTEXT)
  const { force } = checkOptions('accessToken()', options, OPTIONS)
  return presentLogin(provider, ctx, force)
}

/** The login's access token, as `accessToken` gives it, with options that were checked before. */
export async function presentLogin(provider: Provider, ctx: Context, force: boolean): Promise<string> {
  const state = loadedState(provider, ctx, 'accessToken')
  if (!state.loggedIn) throw new AccessError('login_required')
  const { id, record } = loginOf(state)
  const { tokens } = record
  const due = force ? 'must' : renewalDue(tokens, provider.settings.now())
  if (due === 'no') return tokens.accessToken
  if (tokens.refreshToken !== undefined) {
    try {
      return await renewedToken(provider, ctx, id, record)
    } catch (error) {
      if (due === 'must' || error instanceof AccessError) throw waitable(error)
    }
  }
  if (due === 'must') throw new TokenError('token_expired')
  return tokens.accessToken
}

async function renewedToken(provider: Provider, ctx: Context, id: string, record: LoginRecord) {
  const now = provider.settings.now()
  const renewed = await renewLogin(provider, id, record)
  if (!renewed) {
    await clearSession(provider, ctx)
    leaveLogin(provider, ctx)
    throw new AccessError('login_required')
  }
  enterLogin(provider, ctx, id, renewed)
  // What another request renewed since this one began may have expired since, too.
  const isOld = renewed.tokens.receivedAt < now && renewalDue(renewed.tokens, now) !== 'no'
  return isOld ? presentLogin(provider, ctx, false) : renewed.tokens.accessToken
}

/** A refusal that the login outlives is no fault of the page's: like a provider that is away it may pass. */
function waitable(error: unknown): unknown {
  return error instanceof ProviderError && error.status === 500
    ? new ProviderError('provider_unavailable', { cause: error })
    : error
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
  const token = await presentLogin(provider, source, false)
  const state = loadedState(provider, source, 'userInfo')
  return fetchUserInfo(provider, token, (state.loggedIn && state.token.sub) || '')
}
