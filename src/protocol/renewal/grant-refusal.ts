import { ResponseBodyError, WWWAuthenticateChallengeError } from 'openid-client'

/**
 * Error codes that say of a refresh token that its grant is over: RFC 6749 sections 4.1.2.1 and 5.2, OpenID Connect
 * Core 1.0 section 3.1.2.6, RFC 6750 section 3.1. A refresh asks for no scope, so that an `invalid_scope` is about
 * those which were granted: Keycloak says so when the user took the consent back.
 */
const GRANT_ERRORS = new Set([
  'invalid_grant',
  'invalid_scope',
  'invalid_token',
  'access_denied',
  'consent_required',
  'interaction_required',
  'login_required',
  'account_selection_required',
])

/** Whether what openid-client threw for a refresh ends the login: the provider has answered, and about this grant. */
export function isAboutGrant(error: unknown): boolean {
  const isAnswer = error instanceof ResponseBodyError || error instanceof WWWAuthenticateChallengeError
  if (!isAnswer || error.status >= 500 || error.status === 429) return false
  const codes =
    error instanceof ResponseBodyError
      ? [error.error]
      : error.cause.map(challenge => challenge.parameters.error ?? '')
  return codes.some(code => GRANT_ERRORS.has(code))
}

/** Whether it is, in Keycloak's words, that the session has ended: not the user's account, the client or the consent. */
export function isAboutSession(error: unknown): boolean {
  return error instanceof ResponseBodyError && error.error_description === 'Session not active'
}
