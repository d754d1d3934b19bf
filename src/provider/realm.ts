import { readFileSync } from 'node:fs'
import { ProviderError } from '../errors.js'
import type { Settings } from '../options.js'
import { isObject } from '../util/kind-of.js'
import { sha256 } from '../util/random.js'

const WELL_KNOWN = '/.well-known/openid-configuration'

/** Where a provider's metadata is, and which issuers it may name. */
export interface DiscoveryAddress {
  url: string
  issuers: readonly string[]
}

/**
 * What an http address of option `configuration` says. A discovery URL belongs to two issuers: "any terminating /
 * MUST be removed before appending" the well-known path (OpenID Connect Discovery 1.0, section 4.1).
 */
export function discoveryAddress(configuration: string): DiscoveryAddress {
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

/**
 * The issuers that a provider may name: the option `issuer`, else the document's, else what the address implies.
 * A document in a file is read once; throws `metadata_not_found` when that fails.
 */
export function expectedIssuers({ issuer, configuration }: Settings): readonly string[] {
  if (issuer !== undefined) return [issuer]
  if (typeof configuration === 'string' && /^https?:/i.test(configuration)) {
    return discoveryAddress(configuration).issuers
  }
  const document = typeof configuration === 'string' ? readDocument(configuration) : configuration
  return [isObject(document) && typeof document.issuer === 'string' ? document.issuer : '']
}

/** The JSON document in a file. Throws `metadata_not_found`. */
export function readDocument(path: string): unknown {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new ProviderError('metadata_not_found', { cause })
  }
}

/**
 * Where in a store the logins of a provider are: the same for every process of an application and every spelling
 * of a realm, another for every other client, realm or name.
 */
export function keySpace({ name, clientId }: Settings, issuer: string): string {
  return sha256(JSON.stringify([name, clientId, spellingOf(issuer)])).slice(0, 16)
}

/** One spelling for an issuer with or without a final slash, in whatever case its host is written. */
function spellingOf(issuer: string): string {
  return (URL.canParse(issuer) ? new URL(issuer).href : issuer).replace(/\/$/, '')
}
