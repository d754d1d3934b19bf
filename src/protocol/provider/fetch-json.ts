import { type KeycloakErrorCode, ProviderError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { isObject } from '../../util/kind-of.js'
import { isHttpsRequired, isOverloaded, providerFailure } from './failure.js'

/**
 * A JSON document of the provider's. Throws a `ProviderError`, which names the address for the log.
 * @param missing what it means when there is no such document
 */
export async function fetchJson(
  provider: Provider,
  url: string,
  missing: KeycloakErrorCode = 'provider_response_invalid',
): Promise<unknown> {
  const response = await provider
    .fetch(url, { headers: { accept: 'application/json' } })
    .catch(error => Promise.reject(providerFailure(error, url)))
  if (isOverloaded(response)) throw new ProviderError('provider_unavailable', { asked: url })
  if (response.status === 404) throw new ProviderError(missing, { asked: url })
  const document = await response.json().catch(cause => {
    throw new ProviderError('provider_response_invalid', { cause, asked: url })
  })
  if (response.status === 200) return document
  const isHttp = isObject(document) && isHttpsRequired(document)
  throw new ProviderError(isHttp ? 'https_required' : 'provider_response_invalid', { asked: url })
}
