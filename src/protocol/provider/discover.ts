import { readFile } from 'node:fs/promises'
import { KeycloakError, ProviderError } from '../../errors.js'
import type { Provider } from '../../provider.js'
import { fetchJson } from './fetch-json.js'
import { checkMetadata, type Metadata } from './metadata.js'

const WELL_KNOWN = '/.well-known/openid-configuration'

/**
 * The provider's metadata (OpenID Connect Discovery 1.0, section 4): read when first needed, shared by all who
 * ask, read anew after `configurationMaxAge`, and served from the last good copy while the provider is down.
 *
 * Throws `provider_unavailable`, `provider_response_invalid`, `metadata_not_found`, `metadata_invalid`,
 * `metadata_issuer_mismatch` or `metadata_insecure`.
 */
export async function discover(provider: Provider): Promise<Metadata> {
  try {
    return (await provider.metadata.get(() => loadMetadata(provider))) as Metadata
  } catch (error) {
    if (!(error instanceof KeycloakError) || error.status !== 503) throw error
    throw error.withHeaders({ 'Retry-After': String(Math.max(1, provider.metadata.retryAfter)) })
  }
}

async function loadMetadata(provider: Provider): Promise<Metadata> {
  const { configuration, issuer } = provider.settings
  if (typeof configuration !== 'string')
    return checkMetadata(configuration, issuer ? [issuer] : undefined, '')
  if (!/^https?:/.test(configuration)) {
    return checkMetadata(await readMetadata(configuration), issuer ? [issuer] : undefined, '')
  }
  const { url, issuers } = discoveryAddress(configuration)
  return checkMetadata(await fetchJson(provider, url, 'metadata_not_found'), issuer ? [issuer] : issuers, url)
}

async function readMetadata(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'))
  } catch (cause) {
    throw new ProviderError('metadata_not_found', { cause })
  }
}

/**
 * Where the document is, and which issuers it may name. A discovery URL belongs to two of them: "any
 * terminating / MUST be removed before appending" the well-known path (section 4.1).
 */
function discoveryAddress(configuration: string): { url: string; issuers: string[] } {
  const url = new URL(configuration)
  const [before = '', after] = url.pathname.split(
    /\/\.well-known\/(?:openid-configuration|oauth-authorization-server)/,
  )
  if (after === undefined) {
    return { url: configuration.replace(/\/$/, '') + WELL_KNOWN, issuers: [configuration] }
  }
  const issuer = url.origin + before + after // RFC 8414, section 3.1, puts the realm's path behind
  return { url: configuration, issuers: [issuer, `${issuer}/`] }
}
