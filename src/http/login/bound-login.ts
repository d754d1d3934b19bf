import type { Provider } from '../../provider/provider.js'
import { type LoginRecord, remainingLife } from '../../store/login-record.js'
import { fromCookieText, toCookieText } from '../../util/cookie-text.js'
import {
  clientMark,
  cookiesNamed,
  hostPrefix,
  removeCookie,
  setCookie,
  signed,
  verified,
} from '../cookies.js'
import { type LoginState, stateOf } from '../guard/login-state.js'
import type { Context } from '../types.js'

/** Seconds after a login in which it is missed: so long a browser takes at most to make its next request. */
const LIFETIME = 30

/** States of requests whose session names a login that the store does not know. */
const unknownToStore = new WeakSet<LoginState>()

/** Why a login is missed: its session did not come back, or the store does not know it. */
export type LostReason = 'session_not_back' | 'not_in_store'

/**
 * Leaves a cookie that says that a login was bound to this browser's session just now. The first request that
 * comes with the login takes it away.
 */
export function markBound(provider: Provider, ctx: Context, record: LoginRecord): void {
  const now = provider.settings.now()
  const lifetime = Math.min(LIFETIME, Math.floor(remainingLife(record, now)))
  if (lifetime < 1) return
  const name = `${hostPrefix(provider, ctx)}${markName(provider)}`
  const times = (readMark(provider, ctx)?.times ?? 0) + 1
  const value = toCookieText([Math.round(now + lifetime).toString(36), String(times), clientMark(provider)])
  setCookie(ctx, name, signed(ctx, name, value), lifetime)
}

/** Takes the mark away, also one that this very answer leaves. A request without it costs a look at two headers. */
export function forgetBound(provider: Provider, ctx: Context): void {
  const name = markName(provider)
  const left = [ctx.response.get('Set-Cookie') ?? []].flat()
  for (const cookie of [`__Host-${name}`, name]) {
    const isThere = ctx.get('cookie').includes(`${cookie}=`) || left.some(set => set.startsWith(`${cookie}=`))
    if (isThere) removeCookie(ctx, cookie)
  }
}

/** Notes that the session of this request names a login that the store does not know. */
export function noteUnknown(provider: Provider, ctx: Context): void {
  unknownToStore.add(stateOf(provider, ctx))
}

/**
 * Why the login that was bound just now is not there. `undefined` when none was, and for the first one that is
 * missed: it may have been ended meanwhile, by a logout in another tab or elsewhere.
 */
export function lostLogin(provider: Provider, ctx: Context): LostReason | undefined {
  const state = stateOf(provider, ctx)
  const mark = state.loggedIn ? undefined : readMark(provider, ctx)
  if (mark === undefined) return undefined
  if (mark.times < 2) return undefined
  return unknownToStore.has(state) ? 'not_in_store' : 'session_not_back'
}

function readMark(provider: Provider, ctx: Context): { times: number } | undefined {
  for (const [name, text] of marks(provider, ctx)) {
    const [until = '', times, client] = fromCookieText(verified(ctx, name, text) ?? '') ?? []
    // Applications on one host share their cookies: another one's mark says nothing here.
    if (client === clientMark(provider) && Number.parseInt(until, 36) > provider.settings.now())
      return { times: Number(times) }
  }
  return undefined
}

function marks(provider: Provider, ctx: Context): Map<string, string> {
  const name = markName(provider)
  return cookiesNamed(ctx, candidate => candidate === name || candidate === `__Host-${name}`)
}

const markName = ({ name }: Provider) => `${name}.bound`
