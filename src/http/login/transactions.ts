import { RequestError } from '../../errors.js'
import type { Transaction } from '../../protocol/login/authorization.js'
import type { Provider } from '../../provider/provider.js'
import { fromCookieText, toCookieText } from '../../util/cookie-text.js'
import { sha256 } from '../../util/random.js'
import { bytesOf, cookiesNamed, hostPrefix, removeCookie, setCookie, signed, verified } from '../cookies.js'
import type { Context } from '../types.js'

/** Seconds that a login may take; Keycloak's own login pages time out earlier by default. */
const LIFETIME = 600

/** Bytes that all logins under way in one browser may take in a request: half of what nginx takes as one line. */
const MAX_BYTES = 4000

/** Cookies that one answer removes: nginx takes 4 KB of headers with an answer. */
const MAX_REMOVALS = 8

/** A cookie of a login under way, of any provider of this application. */
const NAME = /^(__Host-)?[a-z][\w-]{0,31}\.login\.[\w-]{22}$/i

/** Stands before an organization among the authentication contexts, in which there is no blank. */
const ORGANIZATION = 'organization '

/** Why the login with a `state` is not known. */
export type UnknownReason = 'no_cookie' | 'other_keys' | 'unreadable' | 'too_old'

/**
 * Keeps a login under way in a cookie of its own, signed, HttpOnly, SameSite=Lax, named after its `state`: many
 * tabs can log in at once, and none needs the session. The oldest go when there is no room, whichever provider's.
 *
 * Throws `keys_missing`, `insecure_transport`, or `invalid_request` for one that is too large.
 */
export function saveTransaction(provider: Provider, ctx: Context, transaction: Transaction): void {
  const name = cookieName(provider, ctx, transaction.state)
  const text = signed(ctx, name, write(transaction))
  makeRoom(ctx, bytesOf(name, text))
  setCookie(ctx, name, text, LIFETIME)
}

/**
 * Takes the login with this `state` out of the browser, or tells why it is not known. The signature covers the
 * cookie's name, and that is the state's hash: no other login can stand in its place.
 */
export function takeTransaction(
  provider: Provider,
  ctx: Context,
  state: string,
): Transaction | UnknownReason {
  const name = cookieName(provider, ctx, state)
  const text = cookiesNamed(ctx, candidate => candidate === name).get(name)
  if (text === undefined) return 'no_cookie'
  removeCookie(ctx, name)
  const value = verified(ctx, name, text)
  if (value === undefined) return 'other_keys'
  const transaction = read(value, state)
  if (transaction === undefined) return 'unreadable'
  return provider.settings.now() - transaction.startedAt <= LIFETIME ? transaction : 'too_old'
}

/** The headers by which `takeTransaction` took the login's cookie out of the browser. */
export function removalOf(provider: Provider, ctx: Context, state: string): string[] {
  const name = cookieName(provider, ctx, state)
  const headers: string[] = [ctx.response.get('Set-Cookie')].flat()
  return headers.filter(header => header.startsWith(`${name}=`))
}

function makeRoom(ctx: Context, needed: number): void {
  if (needed > MAX_BYTES) throw new RequestError('invalid_request', { detail: '(too long)' })
  const present = [...cookiesNamed(ctx, name => NAME.test(name))]
  let bytes = needed + present.reduce((sum, [name, text]) => sum + bytesOf(name, text), 0)
  if (bytes <= MAX_BYTES) return
  // Whoever has more than fit at once did not get them here, nor a flood of answers.
  for (const [name, text] of oldestFirst(ctx, present).slice(0, MAX_REMOVALS)) {
    if (bytes <= MAX_BYTES) break
    removeCookie(ctx, name)
    bytes -= bytesOf(name, text)
  }
}

function oldestFirst(ctx: Context, cookies: [name: string, text: string][]): [string, string][] {
  const startedAt = ([name, text]: [string, string]) => {
    return read(verified(ctx, name, text) ?? '', '')?.startedAt ?? 0
  }
  const dated = cookies.map(cookie => ({ cookie, startedAt: startedAt(cookie) }))
  return dated.sort((a, b) => a.startedAt - b.startedAt).map(({ cookie }) => cookie)
}

/** The state is not written: its hash is the cookie's name. */
function write({ startedAt, nonce, codeVerifier, redirectUri, returnTo, ...rest }: Transaction): string {
  const { silent = false, maxAge, acr = [], organization } = rest
  const began = Math.round(startedAt * 1000).toString(36)
  const asked = [silent ? '1' : '', maxAge === undefined ? '' : String(maxAge), ...acr]
  const whose = organization === undefined ? [] : [ORGANIZATION + organization]
  return toCookieText([began, nonce, codeVerifier, redirectUri, returnTo, ...asked, ...whose])
}

function read(value: string, state: string): Transaction | undefined {
  const [began = '', nonce, codeVerifier, redirectUri, returnTo, silent, maxAge, ...rest] =
    fromCookieText(value) ?? []
  const startedAt = Number.parseInt(began, 36) / 1000
  if (!nonce || !codeVerifier || !redirectUri || !returnTo || Number.isNaN(startedAt)) return undefined
  const acr = rest.filter(text => !text.startsWith(ORGANIZATION))
  const whose = rest.find(text => text.startsWith(ORGANIZATION))
  return {
    state,
    nonce,
    codeVerifier,
    redirectUri,
    returnTo,
    startedAt,
    ...(silent && { silent: true }),
    ...(maxAge && { maxAge: Number(maxAge) }),
    ...(acr.length > 0 && { acr }),
    ...(whose !== undefined && { organization: whose.slice(ORGANIZATION.length) }),
  }
}

function cookieName(provider: Provider, ctx: Context, state: string): string {
  return `${hostPrefix(provider, ctx)}${provider.name}.login.${sha256(state).slice(0, 22)}`
}
