import type { ClientRepresentation } from '../client-representation.js'

/** The client in Terraform's JSON syntax, as a resource of the provider `keycloak/keycloak`; the realm is a variable. */
export function terraform(client: ClientRepresentation): object {
  const { attributes } = client
  const logoutUrl = attributes['backchannel.logout.url']
  const resource = {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: it is Terraform’s template, not ours
    realm_id: '${var.realm_id}',
    client_id: client.clientId,
    enabled: client.enabled,
    access_type: client.publicClient ? 'PUBLIC' : 'CONFIDENTIAL',
    ...(client.clientAuthenticatorType && { client_authenticator_type: client.clientAuthenticatorType }),
    ...(client.secret && { client_secret: client.secret }),
    standard_flow_enabled: client.standardFlowEnabled,
    implicit_flow_enabled: client.implicitFlowEnabled,
    direct_access_grants_enabled: client.directAccessGrantsEnabled,
    service_accounts_enabled: client.serviceAccountsEnabled,
    root_url: client.rootUrl,
    base_url: client.baseUrl,
    valid_redirect_uris: client.redirectUris,
    valid_post_logout_redirect_uris: attributes['post.logout.redirect.uris']?.split('##'),
    web_origins: client.webOrigins,
    pkce_code_challenge_method: attributes['pkce.code.challenge.method'],
    frontchannel_logout_enabled: client.frontchannelLogout,
    ...(logoutUrl && { backchannel_logout_url: logoutUrl, backchannel_logout_session_required: true }),
  }
  const name = client.clientId.replace(/[^\w-]/g, '_').replace(/^(?![a-z_])/i, '_')
  return {
    variable: { realm_id: { type: 'string' } },
    resource: { keycloak_openid_client: { [name]: resource } },
  }
}
