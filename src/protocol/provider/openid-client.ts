import type { Configuration } from 'openid-client'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { client } from './client.js'
import { discover } from './discover.js'

/** openid-client's `Configuration`. */
export type OpenidClient = Configuration

/**
 * This client at this provider, as openid-client knows it: for what has no function here, such as the device grant,
 * CIBA and the JWT grant. Its metadata and the client's authentication are those of the provider, and its calls are
 * bounded as all calls to the provider are: it is not for APIs. Ask for it anew each time: metadata and options may
 * change, and what an application sets on it is its own.
 *
 * Throws a `ProviderError` when the metadata were never to be had, or `invalid_options`.
 */
export async function openidClient(provider: Provider, ...none: []): Promise<OpenidClient> {
  checkProvider('openidClient()', provider, none)
  return client(provider, await discover(provider))
}
