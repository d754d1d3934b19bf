import { IncomingMessage, type ServerResponse } from 'node:http'
import { checkArgument } from '../../check-options.js'
import { RequestError, SetupError } from '../../errors.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { Check } from '../../util/checks.js'
import { isObject } from '../../util/kind-of.js'
import { isLoaded, type LoginState, stateOf } from '../guard/login-state.js'
import { publicOrigin } from '../public-address.js'
import { refused } from '../refusal.js'
import { isCrossSite } from '../request.js'
import type { Context, Middleware } from '../types.js'
import { UpgradeResponse } from './upgrade.js'

/** What is used of a Koa application, whatever its state and context are. */
export interface KoaApplication {
  readonly middleware: readonly ((ctx: never, next: never) => unknown)[]
  createContext(req: IncomingMessage, res: ServerResponse): Context
  emit(event: 'error', error: unknown, ctx: Context): boolean
}

const APPLICATION: Check<KoaApplication> = {
  expected: 'the Koa application',
  accepts: (v): v is KoaApplication =>
    isObject(v) && Array.isArray(v.middleware) && typeof v.createContext === 'function',
}

const REQUEST: Check<IncomingMessage> = {
  expected: "the request of the server's event upgrade",
  accepts: (v): v is IncomingMessage => v instanceof IncomingMessage,
}

/**
 * Tells who is logged in on a request that wants another protocol (RFC 9110, section 7.8), such as a WebSocket
 * handshake: for the `upgrade` event of a server. The application's own middleware runs over the request as far as
 * `loadLogin` or `routes()`, and nothing behind that; `state.signal` then aborts when the login ends.
 *
 * A page of another site can open a WebSocket with the user's cookies: one that is not of this origin or of
 * `allowedOrigins` is refused.
 *
 * Rejects with `cross_site_request` (403), `store_unavailable` (503), `piece_missing`, `invalid_request`,
 * `invalid_options`, or with what the application's middleware threw or answered.
 */
export async function authenticateUpgrade(
  provider: Provider,
  app: KoaApplication,
  req: IncomingMessage,
): Promise<LoginState> {
  checkProvider('authenticateUpgrade()', provider)
  checkArgument('authenticateUpgrade()', 'the application', app, APPLICATION)
  checkArgument('authenticateUpgrade()', 'the request', req, REQUEST)
  req.socket.on('error', () => undefined) // it has no listener of Node's any more, and nobody else's yet
  const ctx = app.createContext(req, new UpgradeResponse(req, provider))
  try {
    return await authenticated(provider, app, ctx)
  } catch (error) {
    if (!(isObject(error) && Number(error.status) < 500)) app.emit('error', error, ctx)
    throw refused(provider, 'access.refused', error)
  }
}

async function authenticated(provider: Provider, app: KoaApplication, ctx: Context): Promise<LoginState> {
  const { allowedOrigins } = provider.settings
  if (isCrossSite(ctx, publicOrigin(provider, ctx), allowedOrigins))
    throw new RequestError('cross_site_request')
  await runMiddleware(app, ctx)
  if (isLoaded(provider, ctx)) return stateOf(provider, ctx)
  // Something before it has answered: what it said to the request is said to the upgrade.
  if (ctx.status !== 404) ctx.throw(Math.max(ctx.status, 403))
  throw new SetupError('piece_missing', {
    detail: 'authenticateUpgrade() needs loadLogin() or routes() in the application.',
  })
}

/** As Koa does; but a failure counts also where a handler of the application's has made an answer of it. */
async function runMiddleware({ middleware }: KoaApplication, ctx: Context): Promise<void> {
  const pieces = middleware as readonly unknown[] as readonly Middleware[]
  const failures: unknown[] = []
  const run = async (index: number): Promise<void> => {
    try {
      await pieces[index]?.(ctx, () => run(index + 1))
    } catch (error) {
      failures.push(error)
      throw error
    }
  }
  await run(0)
  if (failures.length > 0) throw failures[0]
}
