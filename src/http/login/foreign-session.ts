import { isObject } from '../../util/kind-of.js'
import { cookiesNamed, isSignedHere } from '../cookies.js'
import type { Context } from '../types.js'

/** Applications that were told. */
const told = new WeakSet<object>()

/**
 * Warns, once for an application, when a login comes with a session cookie that other keys have signed: cookies know
 * no ports and, by default, no paths, and so two applications on one host overwrite each other's session.
 */
export function warnOfForeignSession(ctx: Context): void {
  if (told.has(ctx.app) || !isForeign(ctx)) return
  told.add(ctx.app)
  process.emitWarning(
    'A login came with a session cookie that was not signed with app.keys: another application on this host (another port or path) gives its session cookie the same name, and each login logs the other out. Give session() a `key` of its own in each. (Or app.keys were changed, and the old ones are not among them.)',
    { code: 'KOA_KEYCLOAK_FOREIGN_SESSION' },
  )
}

function isForeign(ctx: Context): boolean {
  const options: unknown = ctx.sessionOptions // koa-session's
  if (!isObject(options) || typeof options.key !== 'string' || options.signed === false) return false
  const { key } = options
  const cookies = cookiesNamed(ctx, name => name === key || name === `${key}.sig`)
  const [value, signature] = [cookies.get(key), cookies.get(`${key}.sig`)]
  if (value === undefined) return false
  // The answer before this one has removed a signature that does not verify.
  return signature === undefined || !isSignedHere(ctx, `${key}=${value}`, signature)
}
