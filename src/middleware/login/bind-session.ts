import { checkOptions } from '../../check-options.js'
import { loginFacts, tell } from '../../events.js'
import { enterLogin, handedOver } from '../../http/guard/login-state.js'
import { markBound } from '../../http/login/bound-login.js'
import { type DescribeLogin, describe } from '../../http/login/describe-login.js'
import { warnOfForeignSession } from '../../http/login/foreign-session.js'
import { reporting } from '../../http/refusal.js'
import { loginIdIn, renewSession } from '../../http/session.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { type Checks, callable, withDefault } from '../../util/checks.js'
import { sha256 } from '../../util/random.js'

export interface BindSessionOptions {
  /**
   * Gives what `logins` is to tell of where the login was made, such as the browser's name: a JSON object of at most
   * 1024 bytes, which stays in the record until the login ends. Default: nothing.
   */
  describeLogin?: DescribeLogin | undefined
}

const OPTIONS = {
  describeLogin: withDefault(callable<DescribeLogin>(), () => undefined),
} satisfies Checks<BindSessionOptions>

/**
 * Makes the exchanged login the session's. Pass-through.
 *
 * Reads `ctx.state[name].exchanged`. Writes the login to the store, a new `ctx.session` with a new id, in which
 * nothing from before is left (other providers' logins excepted), and `ctx.state[name]`. A login that this
 * session had before is ended.
 *
 * Throws `login_ended` when a logout came in meanwhile, `description_unusable`, `session_missing`,
 * `session_unusable`, `store_unavailable`, `piece_missing`; `invalid_options` when it is called.
 */
export function bindSession(provider: Provider, options: BindSessionOptions = {}): Middleware {
  checkProvider('bindSession()', provider)
  const { describeLogin } = checkOptions('bindSession()', options, OPTIONS)
  return async function bindSession(ctx, next) {
    const exchanged = handedOver(provider, ctx, 'exchanged', 'bindSession', 'exchangeCode()')
    const { id, record } = await reporting(provider, 'login.refused', async () => {
      const device = await describe(ctx, describeLogin)
      const record = { ...exchanged.record, ...(device !== undefined && { device }) }
      return { id: await bind(provider, ctx, record), record }
    })
    enterLogin(provider, ctx, id, record)
    tell(provider.name, 'login', () => loginFacts(sha256(id), record))
    await next()
  }
}

/** Gives the login's id. A login that no session could be given must not stay behind. */
async function bind(provider: Provider, ctx: Context, record: LoginRecord): Promise<string> {
  const former = loginIdIn(provider, ctx)
  warnOfForeignSession(ctx)
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
