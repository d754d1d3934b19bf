import { checkArgument } from '../../check-options.js'
import { loginOf } from '../../http/guard/login-state.js'
import { boundLogin, undoLogin } from '../../http/login/made-login.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { KeycloakAuthToken } from '../../token.js'
import { callable } from '../../util/checks.js'

/** What an application does when a user has logged in; it may answer, and refuse by throwing. */
export type AfterLogin<Own = unknown> = (ctx: Context, token: KeycloakAuthToken<Own>) => unknown

/**
 * Lets the application see a login that was just made, and refuse it. Stands between `bindSession` and
 * `returnToApp`. Pass-through, unless the hook answers.
 *
 * Reads `ctx.state[name]`. When the hook throws, the login ends, in the store and so for every cookie, and the
 * error goes on.
 *
 * Throws what the hook throws, `piece_missing`; `invalid_options` when it is called.
 */
export function afterLogin(provider: Provider, hook: AfterLogin): Middleware {
  checkProvider('afterLogin()', provider)
  checkArgument('afterLogin()', 'the hook', hook, callable<AfterLogin>())
  return async function afterLogin(ctx, next) {
    const login = boundLogin(provider, ctx, 'afterLogin')
    try {
      await hook(ctx, login.token)
    } catch (error) {
      await undoLogin(provider, ctx, loginOf(login).id)
      throw error
    }
    if (ctx.status === 404 && ctx.body === undefined) await next()
  }
}
