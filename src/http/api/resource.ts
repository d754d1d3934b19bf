import type { Provider } from '../../provider/provider.js'
import { weakCache } from '../../util/weak-cache.js'
import { bearerChallenge } from './challenge.js'

const WELL_KNOWN = '/.well-known/oauth-protected-resource'

/** Scopes that the guards of an API ask for: what its metadata says is what they enforce. */
const scopesOf = weakCache((_: Provider) => new Set<string>())

/** A guard of the API asks for these scopes. */
export function enforce(provider: Provider, scopes: readonly string[] = []): void {
  for (const scope of scopes) scopesOf(provider).add(scope)
}

/** All scopes that guards of the API ask for. */
export function enforcedScopes(provider: Provider): string[] {
  return [...scopesOf(provider)].sort()
}

/**
 * Where the metadata of a resource is: "inserting a well-known URI string into the protected resource's resource
 * identifier between the host component and the path" (RFC 9728, section 3.1).
 */
export function metadataAddress(resource: string): URL {
  const { origin, pathname } = new URL(resource)
  return new URL(origin + WELL_KNOWN + (pathname === '/' ? '' : pathname))
}

/**
 * The challenge of an API: for a client that does not know it yet where its metadata is (RFC 9728, section 5.1), if
 * the option `resource` is there.
 */
export function apiChallenge({ settings }: Provider, params: Readonly<Record<string, string>> = {}): string {
  const { resource } = settings
  if (resource === undefined) return bearerChallenge(params)
  return bearerChallenge({ ...params, resource_metadata: metadataAddress(resource).href })
}

/** The challenge for a request without a token: it says which scopes that has to have, where there is metadata. */
export function firstChallenge(provider: Provider, scopes: readonly string[] = []): string {
  const isTold = provider.settings.resource !== undefined && scopes.length > 0
  return apiChallenge(provider, isTold ? { scope: scopes.join(' ') } : {})
}
