import { tell, traced } from '../events.js'
import type { Settings } from '../options.js'
import type { BoundedFetch } from '../util/bounded-fetch.js'
import { UpOrDown } from '../util/up-or-down.js'

/** What a provider has seen of what it depends on. */
export interface Health {
  readonly provider: UpOrDown
  readonly store: UpOrDown
}

/** So many answers of 500 and above in a row say that the provider is away; one says something of one request. */
const SERVER_ERRORS = 3

/** Watches for one provider; each change is an event. */
export function healthOf({ name, now }: Settings): Health {
  return {
    provider: new UpOrDown(now, state =>
      state === 'up'
        ? tell(name, 'provider.up', () => ({}))
        : tell(name, 'provider.down', () => ({ code: 'provider_unavailable' })),
    ),
    store: new UpOrDown(now, state =>
      state === 'up'
        ? tell(name, 'store.up', () => ({}))
        : tell(name, 'store.down', () => ({ code: 'store_unavailable' })),
    ),
  }
}

/** Learns from every call whether the provider answers; who listens to `koa-keycloak:provider.call` sees each. */
export function watchedFetch({ name }: Settings, health: UpOrDown, fetch: BoundedFetch): BoundedFetch {
  let serverErrors = 0
  return async function fetchWatched(url, request) {
    const facts = () => ({
      provider: name,
      url: url.replace(/[?#].*$/s, ''),
      method: request.method ?? 'GET',
    })
    try {
      const response = await traced('provider', facts, () => fetch(url, request))
      serverErrors = response.status < 500 ? 0 : serverErrors + 1
      if (serverErrors === 0) health.saw('up')
      else if (serverErrors >= SERVER_ERRORS) health.saw('down')
      return response
    } catch (error) {
      health.saw('down')
      throw error
    }
  }
}
