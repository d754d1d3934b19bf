import { checkOptions } from '../../check-options.js'
import { LoginError } from '../../errors.js'
import { loginOf } from '../../http/guard/login-state.js'
import { boundLogin, undoLogin } from '../../http/login/made-login.js'
import { reporting } from '../../http/refusal.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, count, oneOf, required, type Settled, withDefault } from '../../util/checks.js'

export interface LimitLoginsOptions {
  /** How many logins a user may have, from 1 to 1000. */
  max: number
  /**
   * What becomes of those beyond: `oldest`, and the one that began first ends; `refuse`, and the one that begins is
   * refused. Default `oldest`.
   */
  excess?: 'oldest' | 'refuse' | undefined
}

const OPTIONS = {
  max: required(count(1, 1000)),
  excess: withDefault(oneOf('oldest', 'refuse'), 'oldest'),
} satisfies Checks<LimitLoginsOptions>

type Limits = Settled<LimitLoginsOptions, typeof OPTIONS>

/**
 * Lets a user have so many logins in this application, also when many begin at once, in whatever processes. Stands
 * between `bindSession` and `afterLogin`. Pass-through.
 *
 * Reads the user's logins in the store. Which login began first, the clocks of the processes say, where the code
 * was exchanged: with `refuse`, of two that begin at the same moment the earlier stays.
 *
 * Throws `login_limit` (403) for a login that is refused, `login_ended` for one in whose place others came meanwhile,
 * `store_unavailable` (then it ends, since it may be one too many), `piece_missing`; `invalid_options` when it is
 * called.
 */
export function limitLogins(provider: Provider, options: LimitLoginsOptions): Middleware {
  checkProvider('limitLogins()', provider)
  const limits = checkOptions('limitLogins()', options, OPTIONS)
  return async function limitLogins(ctx, next) {
    await reporting(provider, 'login.refused', () => limit(provider, ctx, limits))
    await next()
  }
}

async function limit(provider: Provider, ctx: Context, { max, excess }: Limits): Promise<void> {
  const { id, record } = loginOf(boundLogin(provider, ctx, 'limitLogins'))
  try {
    const fate = await provider.logins.keepAtMost(max, excess, id, record)
    if (fate === 'stays') return
    throw new LoginError(fate === 'surplus' && excess === 'refuse' ? 'login_limit' : 'login_ended')
  } catch (error) {
    await undoLogin(provider, ctx, id)
    throw error
  }
}
