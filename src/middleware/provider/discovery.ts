import { checkOptions } from '../../check-options.js'
import { checkProvider } from '../../check-provider.js'
import { stateOf } from '../../http/guard/login-state.js'
import type { Middleware } from '../../http/types.js'
import { discover } from '../../protocol/provider/discover.js'
import type { Provider } from '../../provider.js'
import { type Checks, flag, withDefault } from '../../util/checks.js'

export interface DiscoveryOptions {
  /** Report and go on without metadata when there are none, for what has to work then too. Default false. */
  optional?: boolean
}

const OPTIONS = {
  optional: withDefault(flag, false),
} satisfies Checks<DiscoveryOptions>

/**
 * Sees to it that the provider's metadata is there (OpenID Connect Discovery 1.0, section 4). Pass-through.
 *
 * Writes `ctx.state[name].metadata`. Throws `provider_unavailable` (503 with Retry-After) when there is nothing
 * to serve from, and what is wrong with the metadata otherwise.
 */
export function discovery(provider: Provider, options: DiscoveryOptions = {}): Middleware {
  checkProvider('discovery()', provider)
  const { optional } = checkOptions('discovery()', options, OPTIONS)
  return async function discovery(ctx, next) {
    try {
      stateOf(provider, ctx).metadata = await discover(provider)
    } catch (error) {
      if (!optional) throw error
      ctx.app.emit('error', error, ctx)
    }
    await next()
  }
}
