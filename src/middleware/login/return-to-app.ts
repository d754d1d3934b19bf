import { handedOver } from '../../http/guard/login-state.js'
import { sendTo } from '../../http/request.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'

/**
 * Sends the browser back to where the user was before the login. Terminal.
 *
 * Reads `ctx.state[name].exchanged`. Throws `piece_missing`.
 */
export function returnToApp(provider: Provider, ...none: []): Middleware {
  checkProvider('returnToApp()', provider, none)
  return async function returnToApp(ctx) {
    sendTo(ctx, handedOver(provider, ctx, 'exchanged', 'returnToApp', 'exchangeCode()').returnTo)
  }
}
