import { KeycloakError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { isObject } from '../../util/kind-of.js'
import type { Context } from '../types.js'
import { removalOf } from './transactions.js'

/** Headers that errors of the application's had before: it may throw the same one again and again. */
const ownHeaders = new WeakMap<object, unknown>()

/**
 * Puts the removal of a login's used cookie, and nothing else, into what is thrown: Koa drops all other headers.
 * An error of the application's stays the one that it is; one that can not be changed goes without.
 */
export function withoutCookie(provider: Provider, ctx: Context, state: string, error: unknown): unknown {
  const removal = removalOf(provider, ctx, state)
  if (error instanceof KeycloakError) return error.withHeaders({ 'Set-Cookie': removal })
  if (!isObject(error) || !Object.isExtensible(error)) return error
  if (!ownHeaders.has(error)) ownHeaders.set(error, error.headers)
  const own = ownHeaders.get(error)
  error.headers = { ...(isObject(own) ? own : {}), 'Set-Cookie': removal }
  return error
}
