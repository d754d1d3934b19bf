import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { accessTokenClaims, keycloakScope, resolvedAudience } from './access-token.js'
import { profileClaims } from './accounts.js'
import { logoutPage } from './logout.js'
import { otherGrants } from './other-grants.js'
import { errorPage } from './pages/pages.js'
import { acrValues, createPolicy } from './policy.js'
import type { Realm } from './realm.js'

const resource = 'urn:keycloak:account'
const resourceScope = 'openid profile email roles offline'

/** What a Keycloak and an ordinary provider have in common. */
export function plainConfiguration(realm: Realm): Configuration {
  const { accessTokenLifetime, refreshTokenLifetime } = realm.settings
  return {
    adapter: model => realm.store.adapter(model),
    jwks: { keys: realm.keys },
    cookies: {
      keys: [realm.secret],
      names: { session: 'KEYCLOAK_SESSION', interaction: 'AUTH_SESSION_ID', resume: 'KC_RESTART' },
      long: { path: `${realm.mount}/`, httpOnly: true, sameSite: 'lax', signed: true },
      // No path: each login page has its own, so that two can be open.
      short: { httpOnly: true, sameSite: 'lax', signed: true },
    },
    scopes: ['openid', 'profile', 'email'],
    claims: {
      profile: ['name', 'given_name', 'family_name', 'preferred_username'],
      email: ['email', 'email_verified'],
    },
    acrValues,
    clientAuthMethods: [
      'client_secret_basic',
      'client_secret_post',
      'client_secret_jwt',
      'private_key_jwt',
      'none',
    ],
    clientBasedCORS: () => false,
    pkce: { required: () => false },
    ttl: {
      AccessToken: accessTokenLifetime,
      ClientCredentials: accessTokenLifetime,
      IdToken: accessTokenLifetime,
      RefreshToken: refreshTokenLifetime,
      AuthorizationCode: 60,
      DeviceCode: 600,
      BackchannelAuthenticationRequest: 120,
      Interaction: 1800,
      Session: 36000,
      Grant: 36000,
    },
    findAccount: (_ctx, sub) => {
      const account = realm.accounts.find(sub)
      return account && { accountId: sub, claims: async () => profileClaims(account) }
    },
    interactions: {
      policy: createPolicy(),
      url: (_ctx, { uid }) => `${realm.mount}/login-actions/authenticate/${uid}`,
    },
    issueRefreshToken: () => false,
    loadExistingGrant: grantEverything,
    renderError: (ctx, { error, error_description }) => {
      ctx.type = 'html'
      ctx.body = errorPage(error_description ?? error)
    },
    features: {
      devInteractions: { enabled: false },
      backchannelLogout: { enabled: true },
      claimsParameter: { enabled: true },
      clientCredentials: { enabled: true },
      rpInitiatedLogout: { enabled: false },
    },
    // A relying party under test is on this machine, which oidc-provider refuses to call; Keycloak waits 5 s.
    fetch: (url, options) => {
      const { method, headers, body, redirect } = options as RequestInit
      const init = { method, headers, body, redirect, signal: AbortSignal.timeout(5000) }
      return fetch(url, init as RequestInit)
    },
  }
}

/** What makes it a Keycloak, as far as configuration goes; `likeness.ts` has the rest. */
export function keycloakConfiguration(realm: Realm): Configuration {
  const plain = plainConfiguration(realm)
  const { accessTokenLifetime } = realm.settings
  const path = '/protocol/openid-connect'
  return {
    ...plain,
    conformIdTokenClaims: false,
    // Keycloak's default scopes come with every login, whether it asked for them or not.
    claims: { openid: ['sub', 'acr', 'auth_time', ...defaultClaims] },
    routes: {
      authorization: `${path}/auth`,
      token: `${path}/token`,
      userinfo: `${path}/userinfo`,
      jwks: `${path}/certs`,
      end_session: `${path}/logout`,
      revocation: `${path}/revoke`,
    },
    discovery: { prompt_values_supported: ['none', 'login', 'consent', 'create'] },
    extraParams: ['kc_action', 'kc_idp_hint'],
    issueRefreshToken: (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    expiresWithSession: (_ctx, source) => !source.scopes.has('offline'),
    rotateRefreshToken: true,
    extraTokenClaims: (ctx, token) => accessTokenClaims(realm, ctx, token),
    formats: {
      customizers: {
        jwt: (_ctx, token, jwt) => {
          jwt.header = { ...jwt.header, typ: 'JWT' }
          jwt.payload.scope = keycloakScope(token.scopes)
          jwt.payload.aud = resolvedAudience(jwt.payload)
          delete jwt.payload.client_id
        },
      },
    },
    features: {
      ...plain.features,
      ...otherGrants(realm),
      revocation: { enabled: true },
      rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => logoutPage(realm, ctx, form) },
      resourceIndicators: {
        enabled: true,
        defaultResource: () => resource,
        useGrantedResource: () => true,
        getResourceServerInfo: () => ({
          scope: resourceScope,
          audience: 'account',
          accessTokenTTL: accessTokenLifetime,
          accessTokenFormat: 'jwt',
          jwt: { sign: { alg: 'RS256' } },
        }),
      },
    },
  }
}

const defaultClaims = ['name', 'given_name', 'family_name', 'preferred_username', 'email', 'email_verified']

/** Nobody is asked for consent, as in a realm whose clients have "Consent required" off. */
async function grantEverything(ctx: KoaContextWithOIDC) {
  const { provider, session, client, params, result } = ctx.oidc
  if (!client || !session?.accountId) return undefined
  const grantId = result?.consent?.grantId ?? session.grantIdFor(client.clientId)
  const existing = grantId ? await provider.Grant.find(grantId) : undefined
  const grant = existing ?? new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope(String(params?.scope ?? 'openid'))
  if (params?.resource) grant.addResourceScope(resource, resourceScope)
  await grant.save()
  return grant
}
