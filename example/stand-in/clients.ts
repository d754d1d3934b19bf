import type { ClientMetadata } from 'oidc-provider'
import type { StandInClient } from './options.js'
import { CIBA_GRANT, DEVICE_GRANT } from './other-grants.js'

/** Grants of clients that have a secret or a key, where the provider is like Keycloak. */
const GRANTS = ['client_credentials', DEVICE_GRANT, CIBA_GRANT]

/** A client in oidc-provider's terms. */
export function clientMetadata(client: StandInClient, isKeycloak: boolean): ClientMetadata {
  const isPublic = client.clientSecret === undefined && client.clientAuth !== 'private_key_jwt'
  return {
    client_id: client.clientId,
    client_name: client.name ?? client.clientId,
    redirect_uris: client.redirectUris,
    post_logout_redirect_uris: client.postLogoutRedirectUris ?? [],
    response_types: ['code'],
    grant_types: [
      'authorization_code',
      'refresh_token',
      ...(isPublic ? [] : GRANTS.slice(0, isKeycloak ? undefined : 1)),
    ],
    ...(!isPublic && isKeycloak && { backchannel_token_delivery_mode: 'poll' }),
    token_endpoint_auth_method: isPublic ? 'none' : (client.clientAuth ?? 'client_secret_basic'),
    ...(client.clientSecret !== undefined && { client_secret: client.clientSecret }),
    ...(client.jwks && { jwks: client.jwks as { keys: [] } }),
    ...(client.logoutRequestUri && {
      backchannel_logout_uri: client.logoutRequestUri,
      backchannel_logout_session_required: client.sessionRequired ?? isKeycloak,
    }),
  }
}
