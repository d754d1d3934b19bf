import { checkArgument } from '../../check-options.js'
import { handedOver, missing } from '../../http/guard/login-state.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { KeycloakSecurityEvent } from '../../token.js'
import { callable } from '../../util/checks.js'

const BEFORE = 'verifySecurityEvent() and endLogins()'

/** What an application does with a security event; `event.ended` says how many logins it ended. */
export type AfterSecurityEvent = (ctx: Context, event: KeycloakSecurityEvent) => unknown

/**
 * Tells the application of a security event, also of one that ends nothing here. Stands behind `endLogins`, which
 * has answered by then. Terminal.
 *
 * Reads `ctx.state[name].securityEvent`. What the hook throws is the answer, and the provider sends the event again;
 * the logins stay ended.
 *
 * Throws what the hook throws, `piece_missing`; `invalid_options` when it is called.
 */
export function afterSecurityEvent(provider: Provider, hook: AfterSecurityEvent): Middleware {
  checkProvider('afterSecurityEvent()', provider)
  checkArgument('afterSecurityEvent()', 'the hook', hook, callable<AfterSecurityEvent>())
  return async function afterSecurityEvent(ctx) {
    const event = handedOver(provider, ctx, 'securityEvent', 'afterSecurityEvent', BEFORE)
    if (ctx.status === 404) throw missing('afterSecurityEvent', BEFORE)
    await hook(ctx, event)
  }
}
