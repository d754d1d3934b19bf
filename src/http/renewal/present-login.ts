import { AccessError, ProviderError, TokenError } from '../../errors.js'
import { renewalDue } from '../../protocol/renewal/due.js'
import { renewLogin } from '../../protocol/renewal/renewal.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { enterLogin, leaveLogin, loadedState, loginOf } from '../guard/login-state.js'
import { clearSession } from '../session.js'
import type { Context } from '../types.js'

/** The login's access token, as `accessToken` gives it, with options that were checked before. */
export async function presentLogin(
  provider: Provider,
  ctx: Context,
  force: boolean,
  piece = 'accessToken',
): Promise<string> {
  const state = loadedState(provider, ctx, piece)
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
