import { checkArgument } from '../../check-options.js'
import { AccessError } from '../../errors.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { CONTEXT } from '../check-context.js'
import type { Context } from '../types.js'
import { LoggedIn, loadedState } from './login-state.js'

/**
 * The login of a request that has passed a guard: user, token and session, without asking once more whether there is
 * one. Reads `ctx.state[name]`.
 *
 * Throws `login_required` (401) where nobody is logged in, and `piece_missing` without `loadLogin` before it.
 */
export function currentLogin<Own = unknown>(provider: Provider, ctx: Context, ...none: []): LoggedIn<Own> {
  checkProvider('currentLogin()', provider, none)
  checkArgument('currentLogin()', 'the context', ctx, CONTEXT)
  const state = loadedState(provider, ctx, 'currentLogin')
  if (state instanceof LoggedIn) return state as LoggedIn<Own>
  throw new AccessError('login_required')
}
