import type { Members } from './reply.js'

/** Where Keycloak has its endpoints, below the issuer. */
export const PATHS = {
  discovery: '/.well-known/openid-configuration',
  jwks: '/protocol/openid-connect/certs',
  authorization: '/protocol/openid-connect/auth',
  token: '/protocol/openid-connect/token',
  userinfo: '/protocol/openid-connect/userinfo',
  endSession: '/protocol/openid-connect/logout',
  revocation: '/protocol/openid-connect/revoke',
} as const

export type Endpoint = keyof typeof PATHS

export const ENDPOINTS = Object.keys(PATHS) as Endpoint[]

/** Which endpoint of this issuer's has that path. */
export function endpointAt(issuer: string, pathname: string): Endpoint | undefined {
  const { pathname: realm } = new URL(issuer)
  return ENDPOINTS.find(name => pathname === realm + PATHS[name])
}

/** The discovery document (OpenID Connect Discovery 1.0, section 3), as Keycloak writes it. */
export function metadataOf(issuer: string, alg: string): Members {
  return {
    issuer,
    authorization_endpoint: issuer + PATHS.authorization,
    token_endpoint: issuer + PATHS.token,
    userinfo_endpoint: issuer + PATHS.userinfo,
    jwks_uri: issuer + PATHS.jwks,
    end_session_endpoint: issuer + PATHS.endSession,
    revocation_endpoint: issuer + PATHS.revocation,
    response_types_supported: ['code'],
    response_modes_supported: ['query', 'form_post'],
    grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
    subject_types_supported: ['public'],
    id_token_signing_alg_values_supported: [alg],
    code_challenge_methods_supported: ['S256'],
    token_endpoint_auth_methods_supported: [
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'none',
    ],
    authorization_response_iss_parameter_supported: true,
    backchannel_logout_supported: true,
    backchannel_logout_session_supported: true,
  }
}
