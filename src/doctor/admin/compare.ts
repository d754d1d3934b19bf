import { isObject } from '../../util/kind-of.js'
import { ALGORITHMS } from '../../util/signature-algorithms.js'
import type { ClientRepresentation } from '../client-representation.js'
import { type Finding, type FindingCode, finding } from '../findings.js'

/** The client as Keycloak has it: of no member it is known that it is there. */
type Actual = Readonly<Record<string, unknown>>

/** A difference: what Keycloak has, beside what is right, is wrong in this way. */
type Difference = readonly [code: FindingCode, isWrong: (is: Actual, should: ClientRepresentation) => boolean]

const attribute = ({ attributes }: Actual, name: string) =>
  isObject(attributes) ? attributes[name] : undefined

const texts = (value: unknown) => (Array.isArray(value) ? value.filter(each => typeof each === 'string') : [])

const postLogout = (is: Actual) => String(attribute(is, 'post.logout.redirect.uris') ?? '').split('##')

const URL_ATTRIBUTE = 'backchannel.logout.url'

const wantsLogoutRequests = (should: ClientRepresentation) => should.attributes[URL_ATTRIBUTE] !== undefined

const DIFFERENCES: readonly Difference[] = [
  ['client_disabled', is => is.enabled === false],
  ['client_bearer_only', is => is.bearerOnly === true],
  ['client_public', (is, should) => is.publicClient === true && !should.publicClient],
  ['client_rejected', (is, should) => is.publicClient !== true && should.publicClient],
  ['standard_flow_off', is => is.standardFlowEnabled === false],
  ['implicit_flow_on', is => is.implicitFlowEnabled === true],
  ['direct_access_on', is => is.directAccessGrantsEnabled === true],
  ['device_flow_on', is => attribute(is, 'oauth2.device.authorization.grant.enabled') === 'true'],
  [
    'service_account_off',
    (is, should) => should.serviceAccountsEnabled && is.serviceAccountsEnabled !== true,
  ],
  [
    'service_account_on',
    (is, should) => !should.serviceAccountsEnabled && is.serviceAccountsEnabled === true,
  ],
  ['pkce_not_required', is => attribute(is, 'pkce.code.challenge.method') !== 'S256'],
  ['redirect_uri_any', is => texts(is.redirectUris).some(uri => /^(https?:\/\/)?\*/.test(uri))],
  ['redirect_uri_wildcard', is => texts(is.redirectUris).some(uri => uri.endsWith('*'))],
  ['redirect_uris_unused', (is, should) => hasUnused(is, should)],
  ['post_logout_redirect_uri_wildcard', is => postLogout(is).some(uri => uri.endsWith('*'))],
  ['front_channel_logout_on', (is, should) => wantsLogoutRequests(should) && is.frontchannelLogout === true],
  [
    'logout_request_address_missing',
    (is, should) => wantsLogoutRequests(should) && !attribute(is, URL_ATTRIBUTE),
  ],
  ['logout_request_address_wrong', (is, should) => sendsElsewhere(is, should)],
  [
    'logout_request_session_off',
    (is, should) =>
      wantsLogoutRequests(should) && attribute(is, 'backchannel.logout.session.required') !== 'true',
  ],
  ['id_token_algorithm', is => !isAcceptedAlgorithm(attribute(is, 'id.token.signed.response.alg'))],
]

/** How the client in Keycloak differs from the one that this application needs, as far as that matters. */
export function compare(is: Actual, should: ClientRepresentation): Finding[] {
  return DIFFERENCES.filter(([, isWrong]) => isWrong(is, should)).map(([code]) => finding(code))
}

/** Before 19 the addresses after a logout stand among them, so these count as used. */
function hasUnused(is: Actual, should: ClientRepresentation): boolean {
  const postLogout = should.attributes['post.logout.redirect.uris']?.split('##') ?? []
  const used = [...should.redirectUris, ...postLogout].map(uri => absolute(is, uri))
  const exact = texts(is.redirectUris).filter(uri => !uri.endsWith('*'))
  return exact.some(uri => !used.includes(absolute(is, uri)))
}

function sendsElsewhere(is: Actual, should: ClientRepresentation): boolean {
  const [seen, right] = [attribute(is, URL_ATTRIBUTE), should.attributes[URL_ATTRIBUTE]]
  return typeof seen === 'string' && seen !== '' && right !== undefined && absolute(is, seen) !== right
}

/** Keycloak takes what begins with / to be below the client's root URL. */
function absolute({ rootUrl }: Actual, uri: string): string {
  return uri.startsWith('/') && typeof rootUrl === 'string' ? rootUrl.replace(/\/$/, '') + uri : uri
}

function isAcceptedAlgorithm(algorithm: unknown): boolean {
  const accepted: readonly unknown[] = ALGORITHMS
  return algorithm === undefined || algorithm === '' || accepted.includes(algorithm)
}
