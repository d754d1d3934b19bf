import { ProviderError } from '../../errors.js'
import { isHttpUrl } from '../../util/checks.js'
import type { Claims } from '../../util/decode-claims.js'
import { isObject } from '../../util/kind-of.js'

/** The provider's metadata, as far as it is used here (OpenID Connect Discovery 1.0, section 3). */
export interface Metadata {
  readonly issuer: string
  readonly authorization_endpoint: string
  readonly token_endpoint: string
  readonly jwks_uri: string
  readonly userinfo_endpoint?: string
  readonly end_session_endpoint?: string
  readonly revocation_endpoint?: string
  readonly token_endpoint_auth_methods_supported?: string[]
  readonly id_token_signing_alg_values_supported?: string[]
  readonly authorization_response_iss_parameter_supported?: boolean
  readonly [member: string]: unknown
}

const REQUIRED = ['authorization_endpoint', 'token_endpoint', 'jwks_uri']
const OPTIONAL = ['userinfo_endpoint', 'end_session_endpoint', 'revocation_endpoint']
const LISTS = ['token_endpoint_auth_methods_supported', 'id_token_signing_alg_values_supported']

/**
 * The document as metadata, or a `ProviderError` that says what is wrong with it.
 *
 * "The issuer value returned MUST be identical to the Issuer URL" (section 4.3): exactly one of `expected`.
 */
export function checkMetadata(
  document: unknown,
  expected: readonly string[] | undefined,
  source: string,
): Metadata {
  if (!isObject(document)) throw new ProviderError('provider_response_invalid')
  const { issuer } = document
  if (typeof issuer !== 'string' || !isHttpUrl(withoutBlanks(issuer))) throw metadataInvalid('issuer')
  for (const member of REQUIRED) if (!isHttpUrl(document[member])) throw metadataInvalid(member)
  for (const member of OPTIONAL) {
    if (document[member] !== undefined && !isHttpUrl(document[member])) throw metadataInvalid(member)
  }
  for (const member of LISTS) {
    if (document[member] !== undefined && !Array.isArray(document[member])) throw metadataInvalid(member)
  }
  if (expected && !expected.includes(issuer)) throw issuerMismatch(issuer, expected[0] as string)
  checkTransport(document, issuer, source)
  return Object.freeze({ ...document }) as Metadata
}

/** Addresses may be http only where the document itself came over http, or the issuer is http. */
function checkTransport(document: Claims, issuer: string, source: string): void {
  if (!source.startsWith('https:') || !issuer.startsWith('https:')) return
  for (const member of [...REQUIRED, ...OPTIONAL]) {
    const url = document[member]
    if (typeof url === 'string' && !url.startsWith('https:')) throw new ProviderError('metadata_insecure')
  }
}

function issuerMismatch(actual: string, expected: string): ProviderError {
  return new ProviderError('metadata_issuer_mismatch', {
    detail: `Expected is ${expected}; the document's differs ${difference(actual, expected)}.`,
  })
}

/** What two spellings may differ in and still look alike, with what takes the difference away. */
const SPELLINGS: readonly [difference: string, without: (issuer: string) => string][] = [
  ['in blanks or line breaks', withoutBlanks],
  ['in a final slash', issuer => issuer.replace(/\/$/, '')],
  ['in capitals and small letters', issuer => issuer.toLowerCase()],
  ['in a port that goes without saying (:80, :443)', withoutDefaultPort],
  ['in how letters beyond ASCII are written', issuer => new URL(issuer).href],
  [
    'in several of slash, capitals, port and blanks',
    issuer => new URL(issuer).href.replace(/\/$/, '').toLowerCase(),
  ],
]

function difference(actual: string, expected: string): string {
  const spelling = SPELLINGS.find(([, without]) => without(actual) === without(expected))
  if (spelling) return spelling[0]
  const [is, should] = [new URL(actual), new URL(expected)]
  if (is.protocol !== should.protocol) return 'in http and https'
  return is.host === should.host ? 'in its path (another realm?)' : 'in host or port'
}

function withoutBlanks(issuer: string): string {
  return issuer.replace(/[\s\p{Cc}]/gu, '')
}

function withoutDefaultPort(issuer: string): string {
  return issuer.replace(/^(http:\/\/[^/]*):80(?=\/|$)|^(https:\/\/[^/]*):443(?=\/|$)/i, '$1$2')
}

function metadataInvalid(member: string): ProviderError {
  return new ProviderError('metadata_invalid', { detail: `The member is ${member}.` })
}
