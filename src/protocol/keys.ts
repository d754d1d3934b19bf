import { createLocalJWKSet, errors, type JWK, type JWTVerifyGetKey } from 'jose'
import { ProviderError } from '../errors.js'
import type { Provider } from '../provider.js'
import { isObject } from '../util/decode-claims.js'
import { discover } from './discover.js'
import { fetchJson } from './fetch-json.js'

/**
 * The provider's signing keys (RFC 7517), fetched once for all who ask and read anew after `keysMaxAge`. A key
 * that is not among them makes for one more fetch, once per cool-down: that is how a rotation is noticed.
 *
 * A key in a token's header (`jwk`, `jku`, `x5u`) is never looked at.
 */
export function providerKeys(provider: Provider): JWTVerifyGetKey {
  const load = () => loadKeys(provider)
  return async function findKey(header, token) {
    try {
      return await ((await provider.keys.get(load)) as KeySet)(header, token)
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
      return ((await provider.keys.reload(load)) as KeySet)(header, token)
    }
  }
}

type KeySet = ReturnType<typeof createLocalJWKSet>

async function loadKeys(provider: Provider): Promise<KeySet> {
  const { jwks_uri } = await discover(provider)
  const document = await fetchJson(provider, jwks_uri)
  if (!isObject(document) || !Array.isArray(document.keys))
    throw new ProviderError('provider_response_invalid')
  // Keycloak lists its encryption keys too; those sign nothing.
  const keys = document.keys.filter(key => isObject(key) && key.use !== 'enc') as JWK[]
  return createLocalJWKSet({ keys })
}
