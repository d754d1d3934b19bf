import type { Provider } from '../../provider/provider.js'
import { clientMark, cookiesNamed, setCookie } from '../cookies.js'
import type { Context } from '../types.js'

/** Providers of which some page asks silently who a visitor is. */
const trying = new WeakSet<Provider>()

/** Says that visitors are asked after silently, and so that a logout has to be remembered for them. */
export function expectTries(provider: Provider): void {
  trying.add(provider)
}

/** Whether the provider was asked already who this browser's user is. */
export function wasTried(provider: Provider, ctx: Context): boolean {
  const name = markName(provider, ctx)
  return cookiesNamed(ctx, candidate => candidate === name).has(name)
}

/**
 * Leaves a cookie that says so: not signed, since a visitor who makes one is asked less, and that is all.
 *
 * @param lifetime in seconds; without one as long as the browser's session
 */
export function markTried(provider: Provider, ctx: Context, lifetime?: number): void {
  setCookie(ctx, markName(provider, ctx), '1', lifetime)
}

/** Whoever has logged out is not logged in again by a silent login: for the rest of the browser's session. */
export function stopTrying(provider: Provider, ctx: Context): void {
  if (trying.has(provider)) markTried(provider, ctx)
}

/** Applications on one host share their cookies: each client has a mark of its own. */
function markName(provider: Provider, ctx: Context): string {
  return `${ctx.secure ? '__Host-' : ''}${provider.name}.tried.${clientMark(provider)}`
}
