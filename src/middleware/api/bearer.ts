import { checkOptions } from '../../check-options.js'
import { admitToken, BEARER_OPTIONS, type BearerOptions } from '../../http/api/bearer-token.js'
import { enforce } from '../../http/api/resource.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'

/**
 * Lets only requests pass that bring a valid access token (RFC 6750, section 2.1): for APIs. Pass-through.
 *
 * Reads the `Authorization` header. Writes `ctx.state[name].bearer`, the token's claims.
 *
 * Throws `token_invalid` (401) with `WWW-Authenticate`, or a `ProviderError`; answers `scope_missing` (403) for a
 * scope that it lacks, and `step_up_required` (401, RFC 9470) when its user did not prove who they are as `acr` and
 * `maxAge` ask. With `revocable` a token that a logout covers is `token_invalid`, and `store_unavailable` (503) is
 * thrown while the store does not say. A token that is bound to a key is refused, unless
 * `dpop` says otherwise: then it needs its proof (RFC 9449, section 7), which is good once. `invalid_options`
 * when it is called.
 */
export function bearer(provider: Provider, options: BearerOptions = {}): Middleware {
  checkProvider('bearer()', provider)
  const asked = checkOptions('bearer()', options, BEARER_OPTIONS)
  enforce(provider, asked.scopes)
  return async function bearer(ctx, next) {
    if (await admitToken(provider, ctx, asked)) await next()
  }
}
