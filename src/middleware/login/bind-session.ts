import { loginFacts, tell } from '../../events.js'
import { enterLogin, handedOver } from '../../http/guard/login-state.js'
import { markBound } from '../../http/login/bound-login.js'
import { reporting } from '../../http/refusal.js'
import { loginIdIn, renewSession } from '../../http/session.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { sha256 } from '../../util/random.js'

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
    const id = await reporting(provider, 'login.refused', () => bind(provider, ctx, record))
    enterLogin(provider, ctx, id, record)
    tell(provider.name, 'login', () => loginFacts(sha256(id), record))
    await next()
  }
}

/** Gives the login's id. A login that no session could be given must not stay behind. */
async function bind(provider: Provider, ctx: Context, record: LoginRecord): Promise<string> {
  const former = loginIdIn(provider, ctx)
  const id = await provider.logins.begin(record)
  try {
    await renewSession(provider, ctx, id)
    markBound(provider, ctx, id, record)
    if (former !== undefined) await provider.logins.end(former, 'replaced')
    return id
  } catch (error) {
    await provider.logins.end(id, 'code').catch(() => undefined)
    throw error
  }
}
