import type { Provider } from '../../provider/provider.js'
import { type LoginRecord, remainingLife } from '../../store/login-record.js'
import { fromCookieText, toCookieText } from '../../util/cookie-text.js'
import { sha256 } from '../../util/random.js'
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

/**
 * So many logins one after the other are missed until the store is blamed: each may have been ended by a logout
 * elsewhere. Browsers follow some twenty redirects, and a login takes four at most.
 */
const MISSED_IN_STORE = 4

/** The same where the session is to blame. Another tab's request may have put an older session back once. */
const MISSED_IN_SESSION = 2

/** The logins that sessions name and the store does not know, by the state of the request. */
const unknownLogins = new WeakMap<LoginState, string>()

/** Why a login is missed: its session did not come back, or the store does not know it. */
export type LostReason = 'session_not_back' | 'not_in_store'

/**
 * Leaves a cookie that says that a login was bound to this browser's session just now. The first request that
 * comes with the login takes it away.
 */
export function markBound(provider: Provider, ctx: Context, id: string, record: LoginRecord): void {
  const now = provider.settings.now()
  const lifetime = Math.min(LIFETIME, Math.floor(remainingLife(record, now)))
  if (lifetime < 1) return
  const name = `${hostPrefix(provider, ctx)}${markName(provider)}`
  const times = (readMark(provider, ctx)?.times ?? 0) + 1
  const until = Math.round(now + lifetime).toString(36)
  const value = toCookieText([until, String(times), clientMark(provider), sha256(id)])
  setCookie(ctx, name, signed(ctx, name, value), lifetime)
}

/** Takes the mark away, also one that this very answer leaves. A request without it costs a look at two headers. */
export function forgetBound(provider: Provider, ctx: Context): undefined {
  const name = markName(provider)
  const left = [ctx.response.get('Set-Cookie') ?? []].flat()
  for (const cookie of [`__Host-${name}`, name]) {
    const isThere = ctx.get('cookie').includes(`${cookie}=`) || left.some(set => set.startsWith(`${cookie}=`))
    if (isThere) removeCookie(ctx, cookie)
  }
}

/** Notes that the session of this request names a login that the store does not know. */
export function noteUnknown(provider: Provider, ctx: Context, id: string): void {
  unknownLogins.set(stateOf(provider, ctx), id)
}

/**
 * Why the login that was bound just now is not there. `undefined` when none was, for the first ones that are missed,
 * which may have been ended by a logout in another tab or elsewhere, for a request that another tab sent before, and
 * for a login that the provider has ended.
 */
export async function lostLogin(provider: Provider, ctx: Context): Promise<LostReason | undefined> {
  const state = stateOf(provider, ctx)
  const mark = state.loggedIn ? undefined : readMark(provider, ctx)
  if (mark === undefined) return undefined
  const id = unknownLogins.get(state)
  if (mark.times < (id === undefined ? MISSED_IN_SESSION : MISSED_IN_STORE)) return undefined
  if (id !== undefined && sha256(id) !== mark.login) return undefined
  if (await provider.logins.wasEnded(mark.login)) return forgetBound(provider, ctx)
  return id === undefined ? 'session_not_back' : 'not_in_store'
}

interface Mark {
  /** Logins that were bound and not seen again, this one included. */
  times: number
  /** The hash of the latest. */
  login: string
}

function readMark(provider: Provider, ctx: Context): Mark | undefined {
  for (const [name, text] of marks(provider, ctx)) {
    const [until = '', times, client, login = ''] = fromCookieText(verified(ctx, name, text) ?? '') ?? []
    // Applications on one host share their cookies: another one's mark says nothing here.
    const isOurs = client === clientMark(provider)
    if (isOurs && Number.parseInt(until, 36) > provider.settings.now()) return { times: Number(times), login }
  }
  return undefined
}

function marks(provider: Provider, ctx: Context): Map<string, string> {
  const name = markName(provider)
  return cookiesNamed(ctx, candidate => candidate === name || candidate === `__Host-${name}`)
}

const markName = ({ name }: Provider) => `${name}.bound`
