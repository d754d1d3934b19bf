import { SetupError } from '../errors.js'
import type { Provider } from '../provider/provider.js'
import { sha256 } from '../util/random.js'
import { publicOrigin } from './public-address.js'
import type { Context } from './types.js'

/** What is used of Koa's cookies besides their types: the application's keys, as Keygrip. */
interface Signer {
  keys: { sign(text: string): string; verify(text: string, signature: string): boolean }
}

/**
 * The request's cookies with such names; of two of one name, the first.
 *
 * `ctx.cookies.get` keeps a regular expression for every name that it was ever asked for, and these names are new
 * with every login, or a visitor's invention: memory would grow without end.
 */
export function cookiesNamed(ctx: Context, isMeant: (name: string) => boolean): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of ctx.get('cookie').split(';')) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals).trim()
    if (equals < 1 || !isMeant(name) || cookies.has(name)) continue
    cookies.set(name, pair.slice(equals + 1).trim())
  }
  return cookies
}

/** Bytes that a cookie takes in a request, the separator included. */
export function bytesOf(name: string, value: string): number {
  return name.length + value.length + 3
}

/** A value with the application's signature behind it, which covers the name: no other cookie can stand in its place. */
export function signed(ctx: Context, name: string, value: string): string {
  return `${value}.${signer(ctx).sign(`${name}=${value}`)}`
}

/** The value that this application has signed under this name; `undefined` when it did not. */
export function verified(ctx: Context, name: string, text: string): string | undefined {
  const dot = text.lastIndexOf('.')
  const value = text.slice(0, Math.max(0, dot))
  return dot > 0 && isSignedHere(ctx, `${name}=${value}`, text.slice(dot + 1)) ? value : undefined
}

/** Whether one of the application's keys has made this signature of a text. Throws `keys_missing`. */
export function isSignedHere(ctx: Context, text: string, signature: string): boolean {
  return signer(ctx).verify(text, signature)
}

/** Which client a cookie belongs to, in few bytes. */
export function clientMark({ clientId }: Provider): string {
  return sha256(clientId).slice(0, 8)
}

/**
 * Sets a cookie: HttpOnly, SameSite=Lax, for the whole site.
 *
 * @param lifetime in seconds; without one as long as the browser's session
 */
export function setCookie(ctx: Context, name: string, text: string, lifetime?: number): void {
  ctx.cookies.set(name, text, {
    signed: false, // the value is, where it has to be
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure: isHostCookie(name),
    overwrite: true,
    ...(lifetime !== undefined && { maxAge: lifetime * 1000 }),
  })
}

/** Removes a cookie, in as few bytes as a browser needs for it. */
export function removeCookie(ctx: Context, name: string): void {
  if (isHostCookie(name) && !ctx.secure) return
  ctx.cookies.set(name, '', {
    signed: false,
    httpOnly: false,
    path: '/',
    secure: isHostCookie(name),
    overwrite: true,
  })
}

/**
 * `__Host-`: a browser takes such a cookie only over https, for this very host, and from nobody else.
 * Throws `insecure_transport`.
 */
export function hostPrefix(provider: Provider, ctx: Context): '__Host-' | '' {
  const isHttps = publicOrigin(provider, ctx).startsWith('https:')
  if (isHttps && !ctx.secure) throw new SetupError('insecure_transport')
  return isHttps ? '__Host-' : ''
}

const isHostCookie = (name: string) => name.startsWith('__Host-')

/** Throws `keys_missing`. */
function signer(ctx: Context): Signer['keys'] {
  if (!ctx.app.keys) throw new SetupError('keys_missing')
  return (ctx.cookies as unknown as Signer).keys
}
