import type { Context } from './types.js'

/** What is used of Koa's cookies besides their types: the application's keys, as Keygrip. */
interface Signer {
  keys: { verify(text: string, signature: string): boolean }
}

/**
 * The request's cookies whose names begin so; of two of one name, the first.
 *
 * `ctx.cookies.get` keeps a regular expression for every name that it was ever asked for, and these names are new
 * with every login, or a visitor's invention: memory would grow without end.
 */
export function cookiesNamed(ctx: Context, prefix: string): Map<string, string> {
  const cookies = new Map<string, string>()
  for (const pair of ctx.get('cookie').split(';')) {
    const equals = pair.indexOf('=')
    const name = pair.slice(0, equals).trim()
    if (equals < 1 || !name.startsWith(prefix) || cookies.has(name)) continue
    cookies.set(name, pair.slice(equals + 1).trim())
  }
  return cookies
}

/** The value of a cookie that this application has signed; the signature stands beside it, in `<name>.sig`. */
export function signedValue(ctx: Context, cookies: Map<string, string>, name: string): string | undefined {
  const value = cookies.get(name)
  const signature = cookies.get(`${name}.sig`)
  if (value === undefined || signature === undefined) return undefined
  const { keys } = ctx.cookies as unknown as Signer
  return keys.verify(`${name}=${value}`, signature) ? value : undefined
}
