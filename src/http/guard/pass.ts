import type { Context, Next } from '../types.js'

/**
 * Lets a request pass a guard. Its answer is kept out of every cache, and with that out of the back button's reach
 * after a logout, unless the application has said in `Cache-Control` what is to be done with it.
 */
export async function pass(ctx: Context, next: Next): Promise<void> {
  await next()
  if (!ctx.headerSent && !ctx.response.get('Cache-Control')) ctx.set('Cache-Control', 'no-store')
}
