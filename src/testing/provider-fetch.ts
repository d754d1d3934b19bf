import type { Fetch, FetchRequest } from '../index.js'
import type { Faults } from './faults.js'
import { type Endpoint, endpointAt } from './provider/endpoints.js'
import type { Asked, OpenIdProvider } from './provider/provider.js'
import { oauthError, type Reply } from './provider/reply.js'

/** A `fetch` with the provider inside: no port and no wire. Rejects for addresses that are not the provider's. */
export function providerFetch(
  provider: OpenIdProvider,
  faults: Faults,
  count: (endpoint: Endpoint) => void,
): Fetch {
  const { origin } = new URL(provider.settings.issuer)
  return async function fetch(address, request) {
    const url = new URL(address)
    if (url.origin !== origin) {
      throw new TypeError(`fetch failed: the test provider is at ${origin}, and was asked for ${url.origin}`)
    }
    const endpoint = endpointAt(provider.settings.issuer, url.pathname)
    if (endpoint === undefined) return responseOf(oauthError(404, 'not_found', 'HTTP 404 Not Found'))
    count(endpoint)
    const failed = await faults.strike(endpoint, request?.signal)
    return responseOf(failed ?? (await provider.answer(endpoint, askedBy(url, request))))
  }
}

function askedBy(url: URL, request: Partial<FetchRequest> = {}): Asked {
  const { body = '', headers } = request
  const authorization = new Headers(headers).get('authorization') ?? undefined
  return { query: url.searchParams, form: new URLSearchParams(body), authorization }
}

function responseOf({ status, headers, body }: Reply): Response {
  return new Response(body, { status, headers })
}
