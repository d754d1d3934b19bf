import { type AuthorizationRequest, beginAuthorization } from '../../protocol/login/authorization.js'
import { discover } from '../../protocol/provider/discover.js'
import type { Provider } from '../../provider/provider.js'
import { callbackUrl } from '../public-address.js'
import { sendAway } from '../send-away.js'
import type { Context } from '../types.js'
import { saveTransaction } from './transactions.js'

/** What may differ from login to login; the rest is the provider's settings. */
export type LoginRequest = Partial<Omit<AuthorizationRequest, 'redirectUri'>> & { returnTo: string }

/** Sends the browser to the provider to log in, and keeps in the browser what the callback will need. */
export async function beginLogin(provider: Provider, ctx: Context, request: LoginRequest): Promise<void> {
  const { scopes, authorizationParams } = provider.settings
  const { url, transaction } = await beginAuthorization(provider, await discover(provider), {
    scopes,
    ...request,
    params: { ...authorizationParams, ...request.params },
    redirectUri: callbackUrl(provider, ctx),
  })
  saveTransaction(provider, ctx, transaction)
  ctx.set('Cache-Control', 'no-store')
  sendAway(ctx, url, 'get')
}
