import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { KeycloakError, type KeycloakErrorCode, LoginError, ProviderError } from '../../errors.js'
import { BodyTooLargeError, isConnectionClosed } from '../../util/bounded-fetch.js'
import { isObject } from '../../util/kind-of.js'

/**
 * What openid-client threw, as one of our errors: whose fault it is decides.
 *
 * @param asked the address that was asked, for the log
 */
export function providerFailure(error: unknown, asked?: string): KeycloakError {
  const chain = [...causes(error)]
  const own = chain.find(e => e instanceof KeycloakError)
  if (own) return own
  if (error instanceof AuthorizationResponseError) return authorizationFailure(error)
  if (error instanceof ResponseBodyError && !isOverloaded(error.response))
    return responseFailure(error, asked)
  return chain.some(e => e instanceof BodyTooLargeError)
    ? failure('provider_response_invalid', error, asked)
    : otherFailure(error, asked)
}

function otherFailure(error: unknown, asked?: string): KeycloakError {
  if (isOverloaded(responseOf(error))) return failure('provider_unavailable', error, asked)
  if (error instanceof WWWAuthenticateChallengeError) return failure('client_rejected', error, asked)
  if (error instanceof ClientError) return clientFailure(error, asked)
  return noAnswer(error, asked) // what fetch throws: no address, no connection, no TLS
}

/** The answer that an error is about, when it is about one as a whole. */
export function responseOf(error: unknown): Response | undefined {
  if (error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError)
    return error.response
  return error instanceof ClientError && error.cause instanceof Response ? error.cause : undefined
}

/** Whether another try may succeed: the provider is away or in trouble, and has decided nothing. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof KeycloakError &&
    ['provider_unavailable', 'provider_response_invalid', 'provider_error'].includes(error.code)
  )
}

/**
 * Error codes of RFC 6749 section 4.1.2.1 and OpenID Connect Core 1.0 section 3.1.2.6 that say what became of the
 * login. All others are `authorization_rejected`: a visitor can write any of them into the address, and so none is
 * an error of the server's.
 */
const AUTHORIZATION_ERRORS = new Map<string, KeycloakErrorCode>([
  ['access_denied', 'access_denied'],
  ['login_required', 'login_not_possible'],
  ['interaction_required', 'login_not_possible'],
  ['consent_required', 'login_not_possible'],
  ['account_selection_required', 'login_not_possible'],
  ['unmet_authentication_requirements', 'step_up_failed'],
])

function authorizationFailure(error: AuthorizationResponseError): LoginError {
  const code = AUTHORIZATION_ERRORS.get(error.error)
  if (code !== undefined) return new LoginError(code, { cause: error })
  const reason = KNOWN_ERRORS.find(known => known === error.error) ?? 'other'
  const detail =
    reason === 'registration_not_supported' ? 'It does not let users register.' : named(error.error)
  return new LoginError('authorization_rejected', { cause: error, reason, detail })
}

/** Error codes of RFC 6749 section 5.2, and two of its section 4.1.2.1 that some send here too. */
const TOKEN_ERRORS = new Map<string, KeycloakErrorCode>([
  ['invalid_grant', 'code_rejected'],
  ['invalid_client', 'client_rejected'],
  ['unauthorized_client', 'client_rejected'],
  ['server_error', 'provider_error'],
  ['temporarily_unavailable', 'provider_unavailable'],
])

function responseFailure(error: ResponseBodyError, asked?: string): KeycloakError {
  const code = isHttpsRequired(error)
    ? 'https_required'
    : (TOKEN_ERRORS.get(error.error) ?? 'provider_rejected')
  if (code === 'code_rejected') return new LoginError(code, { cause: error })
  return new ProviderError(code, {
    cause: error,
    detail: named(error.error),
    ...(asked !== undefined && { asked }),
  })
}

/** Keycloak's own words, whatever is asked of it over http when its realm wants https. */
export function isHttpsRequired(answer: { error?: unknown; error_description?: unknown }): boolean {
  return answer.error === 'invalid_request' && answer.error_description === 'HTTPS required'
}

const KNOWN_ERRORS = [
  'server_error',
  'temporarily_unavailable',
  'registration_not_supported',
  'request_not_supported',
  'request_uri_not_supported',
  'invalid_request_uri',
  'invalid_request_object',
  'invalid_client',
  'invalid_request',
  'invalid_scope',
  'unauthorized_client',
  'unsupported_grant_type',
  'unsupported_response_type',
]

/** Upstream text does not get into ours; the names that the specifications define may. */
function named(error: string): string {
  return KNOWN_ERRORS.includes(error)
    ? `(The provider says: ${error}.)`
    : '(The provider gives another reason.)'
}

function clientFailure(error: ClientError, asked?: string): KeycloakError {
  switch (error.code) {
    case undefined: // what a fetch of the application's throws, and our own deadline
    case 'OAUTH_TIMEOUT':
    case 'OAUTH_ABORT':
      return noAnswer(error, asked)
    case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
      return factsOf(error).claim === 'auth_time'
        ? new LoginError('step_up_failed', { cause: error })
        : failure('clock_mismatch', error, asked)
    case 'OAUTH_JWT_CLAIM_COMPARISON_FAILED':
      return factsOf(error).claim === 'nonce'
        ? new LoginError('nonce_mismatch', { cause: error })
        : failure('id_token_invalid', error, asked)
    case 'OAUTH_INVALID_RESPONSE':
    case 'OAUTH_UNSUPPORTED_OPERATION':
      return failure(isAboutIdToken(error) ? 'id_token_invalid' : 'provider_response_invalid', error, asked)
    default:
      return failure('provider_response_invalid', error, asked)
  }
}

/** Of what openid-client says about a whole body, only that the ID token is missing is about that. */
function isAboutIdToken(error: ClientError): boolean {
  const facts = factsOf(error)
  if (!('body' in facts)) return true
  return isObject(facts.body) && Boolean(facts.body.access_token) && facts.body.id_token === undefined
}

/** Whether the provider answers that it is in trouble, and has decided nothing. */
export function isOverloaded(response: Response | undefined): boolean {
  return response !== undefined && (response.status >= 500 || response.status === 429)
}

/** What oauth4webapi objected to: `claim`, `body` and so on. */
function factsOf(error: ClientError): Record<string, unknown> {
  const facts = error.cause instanceof Error ? error.cause.cause : undefined
  return isObject(facts) ? facts : {}
}

function* causes(error: unknown): Generator<unknown> {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) yield e
}

/** A connection that was made and then closed may be one request's misfortune; anything else meets all. */
function noAnswer(cause: unknown, asked?: string): ProviderError {
  const reason = isConnectionClosed(cause) ? 'connection_closed' : 'no_answer'
  return new ProviderError('provider_unavailable', { cause, reason, ...(asked !== undefined && { asked }) })
}

function failure(code: KeycloakErrorCode, cause: unknown, asked?: string): ProviderError {
  return new ProviderError(code, { cause, ...(asked !== undefined && { asked }) })
}
