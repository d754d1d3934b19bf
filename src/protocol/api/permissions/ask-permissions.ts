import { ProviderError, TokenError } from '../../../errors.js'
import type { Provider } from '../../../provider/provider.js'
import { isObject } from '../../../util/kind-of.js'
import { discover } from '../../provider/discover.js'
import { isHttpsRequired, isOverloaded, providerFailure } from '../../provider/failure.js'
import { type AskedPermission, type GrantedPermission, permissionText } from './permission.js'

/** What is asked of Keycloak's authorization services at once. */
export interface Question {
  /** The client whose resources are meant. */
  audience: string
  /** Facts that policies may look at, as Keycloak wants them. */
  claims: Readonly<Record<string, readonly string[]>> | undefined
  /** None: everything that the user may do there. */
  permissions: readonly AskedPermission[]
}

/** Why nothing was granted. */
export type Denial = 'not_granted' | 'unknown_resource' | 'unknown_scope'

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:uma-ticket'

/** Names of errors by which Keycloak says that a permission is not granted, or not known to it. */
const DENIALS = new Map<unknown, Denial>([
  ['access_denied', 'not_granted'],
  ['invalid_resource', 'unknown_resource'],
  ['invalid_scope', 'unknown_scope'],
])

/**
 * Asks Keycloak what the owner of an access token may do (User-Managed Access 2.0 Grant, section 3.3.1, and Keycloak's
 * own `response_mode=permissions`). Only Keycloak's own words are a denial: a page of a proxy's, an error and silence
 * are none, and no grant either.
 *
 * Throws `token_invalid` when it does not take the token (any more), or a `ProviderError`.
 */
export async function askPermissions(
  provider: Provider,
  accessToken: string,
  question: Question,
): Promise<readonly GrantedPermission[] | Denial> {
  const { token_endpoint: url } = await discover(provider)
  const headers = { accept: 'application/json', authorization: `Bearer ${accessToken}` }
  const response = await provider
    .fetch(url, { method: 'POST', headers, body: bodyOf(question) })
    .catch(error => Promise.reject(providerFailure(error, url)))
  if (isOverloaded(response)) throw new ProviderError('provider_unavailable', { asked: url })
  const answer: unknown = await response.json().catch(cause => {
    throw new ProviderError('provider_response_invalid', { cause, asked: url })
  })
  if (response.status === 200 && Array.isArray(answer)) return answer.flatMap(grantedPermission)
  return DENIALS.get(errorIn(answer, response.status)) ?? refuse(answer, response.status, url)
}

function bodyOf({ audience, claims, permissions }: Question): URLSearchParams {
  const body = new URLSearchParams({ grant_type: GRANT_TYPE, audience, response_mode: 'permissions' })
  for (const permission of permissions) body.append('permission', permissionText(permission))
  if (permissions.some(({ byUri }) => byUri)) {
    body.set('permission_resource_format', 'uri')
    body.set('permission_resource_matching_uri', 'true')
  }
  if (claims) {
    body.set('claim_token', Buffer.from(JSON.stringify(claims)).toString('base64'))
    body.set('claim_token_format', 'urn:ietf:params:oauth:token-type:jwt')
  }
  return body
}

function grantedPermission(value: unknown): GrantedPermission[] {
  if (!isObject(value) || typeof value.rsname !== 'string' || typeof value.rsid !== 'string') return []
  const scopes = Array.isArray(value.scopes) ? value.scopes.filter(scope => typeof scope === 'string') : []
  return [Object.freeze({ resource: value.rsname, id: value.rsid, scopes: Object.freeze(scopes) })]
}

/** The name of the error; `undefined` for an answer that is none. */
function errorIn(answer: unknown, status: number): unknown {
  return status >= 400 && isObject(answer) ? answer.error : undefined
}

/** An ended session, a token that is none and a client that is switched off all are an `invalid_grant`. */
function refuse(answer: unknown, status: number, asked: string): never {
  switch (errorIn(answer, status)) {
    case 'invalid_grant':
      throw new TokenError('token_invalid')
    case 'invalid_client':
    case 'unauthorized_client':
      throw new ProviderError('client_rejected', { asked })
    case 'invalid_request': {
      if (isObject(answer) && isHttpsRequired(answer)) throw new ProviderError('https_required', { asked })
      const detail = 'Is Authorization on at the client that `audience` names (Keycloak: Clients, Settings)?'
      throw new ProviderError('provider_rejected', { asked, detail })
    }
    default:
      throw new ProviderError('provider_response_invalid', { asked })
  }
}
