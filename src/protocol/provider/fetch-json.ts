import { type KeycloakErrorCode, ProviderError } from '../../errors.js'
import type { Provider } from '../../provider.js'
import { providerFailure } from './failure.js'

/**
 * A JSON document of the provider's. Throws a `ProviderError`.
 * @param missing what it means when there is no such document
 */
export async function fetchJson(
  provider: Provider,
  url: string,
  missing: KeycloakErrorCode = 'provider_response_invalid',
): Promise<unknown> {
  const response = await provider
    .fetch(url, { headers: { accept: 'application/json' } })
    .catch(error => Promise.reject(providerFailure(error)))
  if (response.status >= 500 || response.status === 429) throw new ProviderError('provider_unavailable')
  if (response.status === 404) throw new ProviderError(missing)
  if (response.status !== 200) throw new ProviderError('provider_response_invalid')
  try {
    return await response.json()
  } catch (cause) {
    throw new ProviderError('provider_response_invalid', { cause })
  }
}
