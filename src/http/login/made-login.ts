import type { Provider } from '../../provider/provider.js'
import { handedOver, leaveLogin, missing, stateOf } from '../guard/login-state.js'
import { clearSession } from '../session.js'
import type { Context } from '../types.js'
import { forgetBound } from './bound-login.js'

/** The login that `bindSession` has just made. Throws `piece_missing`, naming both. */
export function boundLogin(provider: Provider, ctx: Context, piece: string) {
  handedOver(provider, ctx, 'exchanged', piece, 'exchangeCode() and bindSession()')
  const state = stateOf(provider, ctx)
  if (state.loggedIn) return state
  throw missing(piece, 'bindSession()')
}

/**
 * Takes a login back that was made by this request and is refused after all: in the store, in the session, and in
 * the browser, which is not to miss it. A store that does not answer keeps it; the session has forgotten it.
 */
export async function undoLogin(provider: Provider, ctx: Context, id: string): Promise<void> {
  await provider.logins.end(id, 'code').catch(() => undefined)
  await clearSession(provider, ctx)
  leaveLogin(provider, ctx)
  forgetBound(provider, ctx)
}
