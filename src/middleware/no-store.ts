import { checkNoArguments } from '../check-options.js'
import type { Middleware } from '../http/types.js'

/**
 * Keeps the answer out of every cache (RFC 9111, section 5.2.2.5). Pass-through.
 *
 * Writes `Cache-Control`; our own errors carry it too, since Koa drops headers when it answers with an error.
 */
export function noStore(...none: []): Middleware {
  checkNoArguments('noStore()', none)
  return async function noStore(ctx, next) {
    ctx.set('Cache-Control', 'no-store')
    await next()
  }
}
