import { stateOf } from '../../http/guard/login-state.js'
import type { Middleware } from '../../http/types.js'
import { discover } from '../../protocol/provider/discover.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'

/**
 * Sees to it that the provider's metadata is there (OpenID Connect Discovery 1.0, section 4), so that a request that
 * needs it gets an early 503. Pass-through. Pieces that stand without it ask for the metadata themselves.
 *
 * Writes `ctx.state[name].metadata`. Throws `provider_unavailable` (503 with Retry-After) when there is nothing
 * to serve from, and what is wrong with the metadata otherwise.
 */
export function discovery(provider: Provider, ...none: []): Middleware {
  checkProvider('discovery()', provider, none)
  return async function discovery(ctx, next) {
    stateOf(provider, ctx).metadata = await discover(provider)
    await next()
  }
}
