import { ProviderError } from '../errors.js'
import type { Provider } from '../provider.js'
import { providerFailure } from './failure.js'

/** A JSON document of the provider's. Throws a `ProviderError`. */
export async function fetchJson(provider: Provider, url: string): Promise<unknown> {
  const response = await provider
    .fetch(url, { headers: { accept: 'application/json' } })
    .catch(error => Promise.reject(providerFailure(error)))
  if (response.status >= 500 || response.status === 429) throw new ProviderError('provider_unavailable')
  if (response.status === 404) throw new ProviderError('metadata_not_found')
  if (response.status !== 200) throw new ProviderError('provider_response_invalid')
  try {
    return await response.json()
  } catch (cause) {
    throw new ProviderError('provider_response_invalid', { cause })
  }
}
