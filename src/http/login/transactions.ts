import { SetupError } from '../../errors.js'
import type { Transaction } from '../../protocol/login/authorization.js'
import type { Provider } from '../../provider.js'
import { isObject } from '../../util/decode-claims.js'
import { sha256 } from '../../util/random.js'
import { cookiesNamed, signedValue } from '../cookies.js'
import { publicOrigin } from '../public-address.js'
import type { Context } from '../types.js'

/** Seconds that a login may take; Keycloak's own login pages time out earlier by default. */
const LIFETIME = 600

/** Logins under way in one browser: as many tabs as anybody has, and no more than fit into a request. */
const MAX_TRANSACTIONS = 7

/**
 * Keeps a login under way in a cookie of its own, signed, HttpOnly, SameSite=Lax, named after its `state`: many
 * tabs can log in at once, and none needs the session.
 *
 * Throws `keys_missing` or `insecure_transport`.
 */
export function saveTransaction(provider: Provider, ctx: Context, transaction: Transaction): void {
  const secure = isSecure(provider, ctx)
  const present = transactionsOf(provider, ctx, secure).sort((a, b) => a.startedAt - b.startedAt)
  const excess = Math.max(0, present.length - MAX_TRANSACTIONS + 1)
  // No more at once than there can be: whoever has more of them did not get them here, nor a flood of answers.
  for (const { name } of present.slice(0, Math.min(excess, MAX_TRANSACTIONS))) write(ctx, name, '', secure)
  const value = Buffer.from(JSON.stringify(transaction)).toString('base64url')
  write(ctx, cookieName(provider, transaction.state, secure), value, secure)
}

/**
 * Takes the login with this `state` out of the browser; `undefined` when there is none, or it is too old. The
 * signature covers the cookie's name, and that is the state's hash: no other login can stand in its place.
 */
export function takeTransaction(provider: Provider, ctx: Context, state: string): Transaction | undefined {
  const secure = isSecure(provider, ctx)
  const name = cookieName(provider, state, secure)
  const cookies = cookiesNamed(ctx, name)
  const transaction = read(ctx, cookies, name)
  if (cookies.has(name)) write(ctx, name, '', secure)
  if (!transaction) return undefined
  const age = provider.settings.now() - transaction.startedAt
  return age <= LIFETIME ? transaction : undefined
}

function transactionsOf(provider: Provider, ctx: Context, secure: boolean) {
  const cookies = cookiesNamed(ctx, cookiePrefix(provider, secure))
  const names = [...cookies.keys()].filter(name => !name.endsWith('.sig'))
  return names.map(name => ({ name, startedAt: read(ctx, cookies, name)?.startedAt ?? 0 }))
}

function read(ctx: Context, cookies: Map<string, string>, name: string): Transaction | undefined {
  const value = signedValue(ctx, cookies, name)
  if (value === undefined) return undefined
  try {
    const transaction: unknown = JSON.parse(Buffer.from(value, 'base64url').toString())
    return isObject(transaction) ? (transaction as unknown as Transaction) : undefined
  } catch {
    return undefined
  }
}

function write(ctx: Context, name: string, value: string, secure: boolean): void {
  const maxAge = value === '' ? {} : { maxAge: LIFETIME * 1000 }
  ctx.cookies.set(name, value, {
    signed: true,
    httpOnly: true,
    sameSite: 'lax',
    path: '/',
    secure,
    overwrite: true,
    ...maxAge,
  })
}

function cookieName(provider: Provider, state: string, secure: boolean): string {
  return cookiePrefix(provider, secure) + sha256(state).slice(0, 22)
}

/** `__Host-`: a browser takes such a cookie only over https, for this very host, and from nobody else. */
function cookiePrefix({ name }: Provider, secure: boolean): string {
  return `${secure ? '__Host-' : ''}${name}.login.`
}

function isSecure(provider: Provider, ctx: Context): boolean {
  if (!ctx.app.keys) throw new SetupError('keys_missing')
  const isHttps = publicOrigin(provider, ctx).startsWith('https:')
  if (isHttps && !ctx.secure) throw new SetupError('insecure_transport')
  return isHttps
}
