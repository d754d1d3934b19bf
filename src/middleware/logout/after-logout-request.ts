import { checkArgument } from '../../check-options.js'
import { handedOver, missing } from '../../http/guard/login-state.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { KeycloakBackChannelLogout } from '../../token.js'
import { callable } from '../../util/checks.js'

const BEFORE = 'verifyLogoutToken() and endLogins()'

/** What an application does when a logout request has ended logins; `logout.ended` says how many. */
export type AfterLogoutRequest = (ctx: Context, logout: KeycloakBackChannelLogout) => unknown

/**
 * Tells the application of a logout request that was served. Stands behind `endLogins`, which has answered by
 * then. Terminal.
 *
 * Reads `ctx.state[name].logout`. What the hook throws is the answer, and the provider may send the request
 * again; the logins stay ended.
 *
 * Throws what the hook throws, `piece_missing`; `invalid_options` when it is called.
 */
export function afterLogoutRequest(provider: Provider, hook: AfterLogoutRequest): Middleware {
  checkProvider('afterLogoutRequest()', provider)
  checkArgument('afterLogoutRequest()', 'the hook', hook, callable<AfterLogoutRequest>())
  return async function afterLogoutRequest(ctx) {
    const logout = handedOver(provider, ctx, 'logout', 'afterLogoutRequest', BEFORE)
    // endLogins answers; where nothing did, it did not run, and no login has ended.
    if (ctx.status === 404) throw missing('afterLogoutRequest', BEFORE)
    await hook(ctx, logout)
  }
}
