import { checkOptions } from '../../check-options.js'
import { RequestError } from '../../errors.js'
import { bringsToken } from '../../http/api/bearer-token.js'
import { publicOrigin } from '../../http/public-address.js'
import { refused } from '../../http/refusal.js'
import { isForgeable } from '../../http/request.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, oneOf, withDefault } from '../../util/checks.js'

export interface SameOriginOptions {
  /** Which requests are looked at: those that may change something, or GET, HEAD and OPTIONS too. Default `unsafe`. */
  methods?: 'unsafe' | 'all'
}

const OPTIONS = {
  methods: withDefault(oneOf('unsafe', 'all'), 'unsafe'),
} satisfies Checks<SameOriginOptions>

/** RFC 9110, section 9.2.1. */
const SAFE = ['GET', 'HEAD', 'OPTIONS', 'TRACE']

/**
 * Lets only requests pass that no page of another site can have made a browser send (CSRF). Pass-through; before
 * guards that go by a cookie.
 *
 * Reads `Sec-Fetch-Site`, else `Origin` or `Referer`; a request with none of them has to bring a header `X-CSRF`,
 * whatever its value, which no form of another site can. Own origin and `allowedOrigins` pass. A request that brings
 * an access token passes: no browser adds one by itself.
 *
 * Throws `cross_site_request` (403), `invalid_request`; `invalid_options` when it is called.
 */
export function sameOrigin(provider: Provider, options: SameOriginOptions = {}): Middleware {
  checkProvider('sameOrigin()', provider)
  const { methods } = checkOptions('sameOrigin()', options, OPTIONS)
  return async function sameOrigin(ctx, next) {
    const isAsked = methods === 'all' || !SAFE.includes(ctx.method)
    if (isAsked && !bringsToken(ctx)) {
      const origin = publicOrigin(provider, ctx)
      if (isForgeable(ctx, origin, provider.settings.allowedOrigins))
        throw refused(provider, 'access.refused', new RequestError('cross_site_request'))
    }
    await next()
  }
}
