import * as oidc from 'openid-client'
import { KeycloakError, LoginError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { isMember, KeycloakAuthToken, type TokenSet } from '../../token.js'
import { client } from '../provider/client.js'
import { providerFailure } from '../provider/failure.js'
import type { Metadata } from '../provider/metadata.js'
import { tokenSet } from '../renewal/token-response.js'
import { checkAccessToken } from './access-check.js'
import type { Transaction } from './authorization.js'
import { sessionId, verifyIdToken } from './id-token.js'

/**
 * Exchanges the code for tokens (RFC 6749 section 4.1.3, RFC 7636, OpenID Connect Core 1.0 section 3.1.3) and
 * believes nothing unverified: `iss` of the response (RFC 9207), state, nonce, the ID token and its signature,
 * `auth_time` and `acr` where the login asked for them.
 *
 * @param params the callback's query
 */
export async function exchangeAuthorizationCode(
  provider: Provider,
  metadata: Metadata,
  params: URLSearchParams,
  transaction: Transaction,
): Promise<LoginRecord> {
  checkResponseIssuer(metadata, params.get('iss'))
  const { now, maxAge } = provider.settings
  // Before the exchange, not after: a logout of this application's own, while that takes its time, covers it.
  const startedAt = now()
  const response = await redeemCode(provider, metadata, params, transaction)
  const tokens = tokenSet(response, now())
  const { accessToken, idToken } = tokens
  const claims = await verifyIdToken(provider, idToken)
  if (transaction.acr && !transaction.acr.includes(String(claims.acr))) throw new LoginError('step_up_failed')
  const sid = sessionId(provider, claims, tokens.sessionState)
  const accessCheck = await checkAccessToken(provider, accessToken, { sub: claims.sub, idToken })
  const checked = { ...tokens, ...(accessCheck && { accessCheck }) }
  checkOrganization(checked, transaction)
  return {
    iss: claims.iss,
    sub: claims.sub,
    ...(sid !== undefined && { sid }),
    issuedAt: claims.iat,
    startedAt,
    endsAt: startedAt + maxAge,
    renewals: 0,
    ...(typeof claims.acr === 'string' && { acr: claims.acr }),
    ...(typeof claims.auth_time === 'number' && { authTime: claims.auth_time }),
    tokens: checked,
  }
}

/** Parameters of a code's response that decide something; those of other flows are not looked at. */
export const RESPONSE_PARAMS = ['code', 'state', 'iss', 'error']

async function redeemCode(
  provider: Provider,
  metadata: Metadata,
  params: URLSearchParams,
  transaction: Transaction,
) {
  const { redirectUri, codeVerifier, nonce, state, maxAge } = transaction
  // The redirect URI of the request, not of whatever host this request came to.
  const response = new URL(redirectUri)
  for (const name of RESPONSE_PARAMS) {
    const value = params.get(name)
    if (value) response.searchParams.set(name, value)
  }
  try {
    return await oidc.authorizationCodeGrant(client(provider, metadata), response, {
      pkceCodeVerifier: codeVerifier,
      expectedNonce: nonce,
      expectedState: state,
      idTokenExpected: true,
      ...(maxAge !== undefined && { maxAge }),
    })
  } catch (error) {
    throw providerFailure(error, metadata.token_endpoint)
  }
}

/** Keycloak lets a user who is no member log in all the same, and leaves the claim out. */
function checkOrganization(tokens: TokenSet, { organization }: Transaction): void {
  if (organization === undefined) return
  const { organizations } = new KeycloakAuthToken(tokens)
  if (!isMember(organizations, organization)) throw new LoginError('organization_missing')
}

/** RFC 9207, section 2.4: the issuer in the response is exactly the one that was asked. */
function checkResponseIssuer(metadata: Metadata, iss: string | null): void {
  if (iss !== null && iss !== metadata.issuer) throw new LoginError('issuer_mismatch')
  if (iss === null && metadata.authorization_response_iss_parameter_supported === true)
    throw new LoginError('issuer_missing')
}

/** Whether Keycloak's own login page was open for too long: the login is to be begun anew. */
export function isExpiredPage(error: unknown, params: URLSearchParams): boolean {
  const isRejected = error instanceof KeycloakError && error.code === 'authorization_rejected'
  return isRejected && params.get('error_description') === 'authentication_expired'
}
