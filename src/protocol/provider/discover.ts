import { KeycloakError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { discoveryAddress, readDocument } from '../../provider/realm.js'
import { COOL_DOWN } from '../../util/cool-down.js'
import { StaleCache } from '../../util/stale-cache.js'
import { weakCache } from '../../util/weak-cache.js'
import { fetchJson } from './fetch-json.js'
import { checkMetadata, type Metadata } from './metadata.js'

const metadataOf = weakCache((provider: Provider) => {
  const { configurationMaxAge, now } = provider.settings
  return new StaleCache<Metadata>({ maxAge: configurationMaxAge, coolDown: COOL_DOWN, now })
})

/**
 * The provider's metadata (OpenID Connect Discovery 1.0, section 4): read when first needed, shared by all who
 * ask, read anew after `configurationMaxAge`, and served from the last good copy while the provider is down.
 *
 * Throws `provider_unavailable`, `provider_response_invalid`, `metadata_not_found`, `metadata_invalid`,
 * `metadata_issuer_mismatch` or `metadata_insecure`.
 */
export async function discover(provider: Provider): Promise<Metadata> {
  try {
    return await metadataOf(provider).get(() => loadMetadata(provider))
  } catch (error) {
    if (!(error instanceof KeycloakError) || error.status !== 503) throw error
    throw error.withHeaders({ 'Retry-After': String(Math.max(1, metadataOf(provider).retryAfter)) })
  }
}

/** The metadata, where they were read before; asks nobody. */
export function knownMetadata(provider: Provider): Metadata | undefined {
  return metadataOf(provider).copy
}

async function loadMetadata(provider: Provider): Promise<Metadata> {
  const { configuration } = provider.settings
  if (typeof configuration !== 'string') return checkMetadata(configuration, provider.issuers, '')
  if (!/^https?:/i.test(configuration)) {
    return checkMetadata(readDocument(configuration), provider.issuers, '')
  }
  const { url } = discoveryAddress(configuration)
  return checkMetadata(await fetchJson(provider, url, 'metadata_not_found'), provider.issuers, url)
}
