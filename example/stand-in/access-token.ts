import type { AccessToken, ClientCredentials, KoaContextWithOIDC } from 'oidc-provider'
import { profileClaims, roleClaims } from './accounts.js'
import type { Realm } from './realm.js'

type Token = AccessToken | ClientCredentials

/** What Keycloak writes into an access token beyond the standard. */
export function accessTokenClaims(realm: Realm, ctx: KoaContextWithOIDC, token: Token) {
  const base = { typ: 'Bearer', azp: token.clientId }
  return token.kind === 'AccessToken'
    ? { ...base, ...userClaims(realm, ctx, token) }
    : { ...base, preferred_username: `service-account-${token.clientId}`, ...noRoles }
}

const noRoles = { realm_access: { roles: [] }, resource_access: {} }

function userClaims(realm: Realm, { oidc }: KoaContextWithOIDC, token: AccessToken) {
  const account = realm.accounts.find(token.accountId)
  const source = oidc.entities.AuthorizationCode ?? oidc.entities.RefreshToken
  return {
    sid: token.sid,
    acr: source?.acr,
    auth_time: source?.authTime,
    ...(account && { ...profileClaims(account), ...roleClaims(account) }),
  }
}

/** `offline` within: oidc-provider would drop `offline_access` from a request without `prompt=consent`. */
export function keycloakScope(granted: Set<string>): string {
  const offline = granted.has('offline') ? ['offline_access'] : []
  const openid = granted.has('openid') ? ['openid'] : []
  return [...openid, ...offline, 'email', 'profile'].join(' ')
}

/** Keycloak's mapper Audience Resolve: a token is also for the other clients in which its user has roles. */
export function resolvedAudience({
  azp,
  resource_access: roles,
}: Record<string, unknown>): string | string[] {
  const others = Object.keys(roles ?? {}).filter(id => id !== azp && id !== 'account')
  return others.length === 0 ? 'account' : [...others, 'account']
}
