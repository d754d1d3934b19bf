import { RequestError } from '../errors.js'
import type { Context } from './types.js'

/** Throws `method_not_allowed`. The router serves HEAD wherever it serves GET; a HEAD must start nothing. */
export function requireMethod(ctx: Context, ...methods: string[]): void {
  if (methods.includes(ctx.method)) return
  throw new RequestError('method_not_allowed', { headers: { Allow: methods.join(', ') } })
}

/** Which parameters a piece reads: what else is there may be doubled, long or odd. */
export interface Wanted {
  /** Those that decide something. */
  names: readonly string[]
  /** Those that are left out where they are not well-formed: words for people. */
  texts?: readonly string[]
  /** Characters that a value may have. Default 4096. */
  maxLength?: number
}

/** The query's parameters that are wanted. Throws `invalid_request`, as `wantedOf` does. */
export function queryOf(ctx: Context, wanted: Wanted): URLSearchParams {
  return wantedOf(new URLSearchParams(ctx.querystring), wanted)
}

/**
 * The parameters that are wanted, each at most once: "Request and response parameters MUST NOT be included more
 * than once" (RFC 6749, section 3.1).
 *
 * Throws `invalid_request` for a name that is doubled, a value that is too long, and for control characters.
 */
export function wantedOf(
  all: URLSearchParams,
  { names, texts = [], maxLength = 4096 }: Wanted,
): URLSearchParams {
  const found = new URLSearchParams()
  for (const name of [...names, ...texts]) {
    const [value, ...more] = all.getAll(name)
    if (value === undefined) continue
    if (more.length === 0 && value.length <= maxLength && !hasControl(value)) found.set(name, value)
    else if (names.includes(name)) throw new RequestError('invalid_request')
  }
  return found
}

function hasControl(value: string): boolean {
  for (const character of value) if (character < ' ' || character === '\u007f') return true
  return false
}

/** Whether a browser asked for a page to show, and so can be sent elsewhere to log in. */
export function isNavigation(ctx: Context): boolean {
  if (isPrefetch(ctx)) return false
  const mode = ctx.get('sec-fetch-mode')
  if (mode) return mode === 'navigate'
  if (ctx.get('x-requested-with').toLowerCase() === 'xmlhttprequest') return false
  return ctx.get('accept').includes('text/html')
}

/**
 * Whether somebody opens a page as such: no form, no frame. Over https all browsers say where a page goes; what does
 * not may be a crawler, which keeps no cookies.
 */
export function isVisit(ctx: Context): boolean {
  if (ctx.method !== 'GET' || !isNavigation(ctx)) return false
  const destination = ctx.get('sec-fetch-dest')
  return destination === '' ? !ctx.secure : destination === 'document'
}

/** Whose page made the browser send a request: ours, a stranger's, or one that nothing tells of. */
export type Sender = 'own' | 'foreign' | 'unknown'

/**
 * Whose page made the browser send this request; what the user has typed counts as our own. `Sec-Fetch-Site` tells;
 * browsers without it are judged by `Origin`, else `Referer`. With neither, or with the origin `null` that a page has
 * whose policy is to tell nothing, it may have been any page.
 */
export function senderOf(ctx: Context, ownOrigin: string, allowedOrigins: readonly string[]): Sender {
  const site = ctx.get('sec-fetch-site')
  if (site === 'same-origin' || site === 'none') return 'own'
  const source = ctx.get('origin') || ctx.get('referer')
  if (site === '' && (source === '' || source === 'null')) return 'unknown'
  const origin = URL.canParse(source) ? new URL(source).origin : ''
  // From our own page, and yet from elsewhere: through a redirect of a stranger's that the page led to.
  if (origin === ownOrigin) return site === '' ? 'own' : 'foreign'
  return allowedOrigins.includes(origin) ? 'own' : 'foreign'
}

/**
 * Whether a page that is not of this application made the browser send this request. The origin `null` is that of a
 * page: of a stranger's, for what can not ask the user. A request that tells nothing at all is a program's.
 */
export function isCrossSite(ctx: Context, ownOrigin: string, allowedOrigins: readonly string[]): boolean {
  const sender = senderOf(ctx, ownOrigin, allowedOrigins)
  return sender === 'foreign' || (sender === 'unknown' && ctx.get('origin') !== '')
}

/**
 * Whether another site's page may have made the browser send this request: where nothing tells whose it was, it has
 * to have a header that no form of another site can add.
 */
export function isForgeable(ctx: Context, ownOrigin: string, allowedOrigins: readonly string[]): boolean {
  const sender = senderOf(ctx, ownOrigin, allowedOrigins)
  return sender === 'foreign' || (sender === 'unknown' && ctx.get('x-csrf') === '')
}

/** Headers by which browsers of all ages say that they fetch ahead what the user may never open. */
const PURPOSES = ['sec-purpose', 'purpose', 'x-purpose', 'x-moz']

/** Whether the browser only fetches ahead what the user may never open. */
export function isPrefetch(ctx: Context): boolean {
  return PURPOSES.some(name => /prefetch|prerender|preview/i.test(ctx.get(name)))
}

/** Throws `prefetch_refused`: what changes something waits until the user opens it. A browser asks again then. */
export function refusePrefetch(ctx: Context): void {
  if (isPrefetch(ctx)) throw new RequestError('prefetch_refused')
}

/** Sends the browser elsewhere, by GET; the address, which may hold a token, is not repeated in a body. */
export function sendTo(ctx: Context, url: string): void {
  ctx.status = ctx.method === 'GET' || ctx.method === 'HEAD' ? 302 : 303
  ctx.set('Location', url)
  ctx.type = 'text/plain'
  ctx.body = 'Redirecting.'
}
