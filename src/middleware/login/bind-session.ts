import { checkProvider } from '../../check-provider.js'
import { enterLogin, handedOver } from '../../http/guard/login-state.js'
import { loginIdIn, renewSession } from '../../http/session.js'
import type { Context, Middleware } from '../../http/types.js'
import type { Provider } from '../../provider.js'

/**
 * Makes the exchanged login the session's. Pass-through.
 *
 * Reads `ctx.state[name].exchanged`. Writes the login to the store, a new `ctx.session` with a new id, in which
 * nothing from before is left (other providers' logins excepted), and `ctx.state[name]`. A login that this
 * session had before is ended.
 *
 * Throws `login_ended` when a logout came in meanwhile, `session_missing`, `session_unusable`,
 * `store_unavailable`, `piece_missing`.
 */
export function bindSession(provider: Provider, ...none: []): Middleware {
  checkProvider('bindSession()', provider, none)
  return async function bindSession(ctx, next) {
    const { record } = handedOver(provider, ctx, 'exchanged', 'bindSession', 'exchangeCode()')
    const former = loginIdIn(provider, ctx)
    const id = await provider.logins.begin(record)
    await bind(provider, ctx, id, former)
    enterLogin(provider, ctx, id, record)
    await next()
  }
}

/** A login that no session could be given must not stay behind. */
async function bind(provider: Provider, ctx: Context, id: string, former?: string): Promise<void> {
  try {
    await renewSession(provider, ctx, id)
    if (former !== undefined) await provider.logins.end(former)
  } catch (error) {
    await provider.logins.end(id).catch(() => undefined)
    throw error
  }
}
