import {
  AuthorizationResponseError,
  ClientError,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
} from 'openid-client'
import { KeycloakError, type KeycloakErrorCode, LoginError, ProviderError } from '../errors.js'
import { BodyTooLargeError } from '../util/bounded-fetch.js'
import { DeadlineError } from '../util/deadline.js'
import { isObject } from '../util/decode-claims.js'

/** What openid-client threw, as one of our errors: whose fault it is decides. */
export function providerFailure(error: unknown): KeycloakError {
  if (error instanceof KeycloakError) return error
  const chain = [...causes(error)]
  if (chain.some(e => e instanceof BodyTooLargeError)) return failure('provider_response_invalid', error)
  if (chain.some(e => e instanceof DeadlineError)) return failure('provider_unavailable', error)
  if (error instanceof AuthorizationResponseError) return authorizationFailure(error)
  if (error instanceof ResponseBodyError) return responseFailure(error)
  if (error instanceof WWWAuthenticateChallengeError) return failure('client_rejected', error)
  if (error instanceof ClientError) return clientFailure(error)
  return failure('provider_unavailable', error) // what fetch throws: no address, no connection, no TLS
}

/** Whether another try may succeed: the provider is away or in trouble, and has decided nothing. */
export function isTransient(error: unknown): boolean {
  return (
    error instanceof KeycloakError &&
    ['provider_unavailable', 'provider_response_invalid'].includes(error.code)
  )
}

/** Error codes of RFC 6749 section 4.1.2.1 and OpenID Connect Core 1.0 section 3.1.2.6 that users cause. */
const AUTHORIZATION_ERRORS: Record<string, KeycloakErrorCode> = {
  access_denied: 'access_denied',
  login_required: 'login_not_possible',
  interaction_required: 'login_not_possible',
  consent_required: 'login_not_possible',
  account_selection_required: 'login_not_possible',
  server_error: 'provider_error',
  temporarily_unavailable: 'provider_error',
}

function authorizationFailure(error: AuthorizationResponseError): KeycloakError {
  const code = AUTHORIZATION_ERRORS[error.error] ?? 'provider_rejected'
  const options = { cause: error, ...(code === 'provider_rejected' && { detail: named(error.error) }) }
  return code.startsWith('provider') ? new ProviderError(code, options) : new LoginError(code, options)
}

/** Error codes of RFC 6749 section 5.2 that need a text of their own. */
function responseFailure(error: ResponseBodyError): KeycloakError {
  if (error.error === 'invalid_grant') return new LoginError('code_rejected', { cause: error })
  const isClient = error.error === 'invalid_client' || error.error === 'unauthorized_client'
  const code = isClient ? 'client_rejected' : 'provider_rejected'
  return new ProviderError(code, { cause: error, detail: named(error.error) })
}

const KNOWN_ERRORS = [
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

function clientFailure(error: ClientError): KeycloakError {
  switch (error.code) {
    case 'OAUTH_TIMEOUT':
    case 'OAUTH_ABORT':
      return failure('provider_unavailable', error)
    case 'OAUTH_RESPONSE_IS_NOT_CONFORM':
      return failure(isOverloaded(error.cause) ? 'provider_unavailable' : 'provider_response_invalid', error)
    case 'OAUTH_JWT_TIMESTAMP_CHECK_FAILED':
      return claimOf(error) === 'auth_time'
        ? new LoginError('step_up_failed', { cause: error })
        : failure('clock_mismatch', error)
    case 'OAUTH_JWT_CLAIM_COMPARISON_FAILED':
      return claimOf(error) === 'nonce'
        ? new LoginError('nonce_mismatch', { cause: error })
        : failure('id_token_invalid', error)
    case 'OAUTH_INVALID_RESPONSE':
    case 'OAUTH_UNSUPPORTED_OPERATION':
      return failure('id_token_invalid', error)
    default:
      return failure('provider_response_invalid', error)
  }
}

function isOverloaded(response: unknown): boolean {
  return response instanceof Response && (response.status >= 500 || response.status === 429)
}

/** Which claim oauth4webapi objected to. */
function claimOf(error: ClientError): unknown {
  const facts = error.cause instanceof Error ? error.cause.cause : undefined
  return isObject(facts) ? facts.claim : undefined
}

function* causes(error: unknown): Generator<unknown> {
  for (let e = error, depth = 0; e instanceof Error && depth < 8; e = e.cause, depth++) yield e
}

function failure(code: KeycloakErrorCode, cause: unknown): ProviderError {
  return new ProviderError(code, { cause })
}
