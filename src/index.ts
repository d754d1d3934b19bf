export { createKeycloak, type KeycloakOptions } from './create-keycloak.js'
export {
  AccessError,
  KeycloakError,
  type KeycloakErrorCode,
  LoginError,
  ProviderError,
  RequestError,
  SetupError,
  StoreError,
  TokenError,
  UpstreamError,
} from './errors.js'
export { type EndReason, type EventName, type EventOf, eventNames, type KeycloakEvents } from './events.js'
export type { BearerOptions } from './http/api/bearer-token.js'
export {
  type PermissionsOptions,
  type PolicyClaims,
  permissions,
} from './http/api/permissions.js'
export { type ApiResponse, stepUp } from './http/api/step-up.js'
export { cspOrigins } from './http/csp-origins.js'
export { currentLogin } from './http/guard/current-login.js'
export type { Handover, KeycloakState, LoggedIn, LoggedOut, LoginState } from './http/guard/login-state.js'
export type { Piece } from './http/guard/piece.js'
export type { LoginQuery, LogoutQuery } from './http/link.js'
export { authenticateUpgrade, type KoaApplication } from './http/live/authenticate-upgrade.js'
export { refuseUpgrade } from './http/live/refuse-upgrade.js'
export type { DescribeLogin } from './http/login/describe-login.js'
export type { Exchanged } from './http/login/exchanged.js'
export type { Organization } from './http/login/organization.js'
export type { LoginsOf, LoginsToEnd } from './http/logout/living-logins.js'
export { logOut } from './http/logout/log-out.js'
export { type AccessTokenOptions, accessToken, userInfo } from './http/renewal/access-token.js'
export type { Context, Middleware, Next } from './http/types.js'
export type { Keycloak } from './keycloak.js'
export { authenticate } from './middleware/api/authenticate.js'
export { bearer } from './middleware/api/bearer.js'
export { type ProxyApiOptions, proxyApi } from './middleware/api/proxy-api.js'
export { type ResourceMetadataOptions, resourceMetadata } from './middleware/api/resource-metadata.js'
export { type WhoAmIOptions, whoAmI } from './middleware/api/who-am-i.js'
export { loadLogin } from './middleware/guard/load-login.js'
export { type RequireLoginOptions, requireLogin } from './middleware/guard/require-login.js'
export { requireOrganization } from './middleware/guard/require-organization.js'
export { type Permissions, requirePermission } from './middleware/guard/require-permission.js'
export { type Role, type Roles, requireRole } from './middleware/guard/require-role.js'
export { type SameOriginOptions, sameOrigin } from './middleware/guard/same-origin.js'
export { type TryLoginOptions, tryLogin } from './middleware/guard/try-login.js'
export { type AfterLogin, afterLogin } from './middleware/login/after-login.js'
export { type BindSessionOptions, bindSession } from './middleware/login/bind-session.js'
export { exchangeCode } from './middleware/login/exchange-code.js'
export { type LimitLoginsOptions, limitLogins } from './middleware/login/limit-logins.js'
export { type LoginOptions, login } from './middleware/login/login.js'
export { returnToApp } from './middleware/login/return-to-app.js'
export { type AfterLogoutRequest, afterLogoutRequest } from './middleware/logout/after-logout-request.js'
export { type AfterSecurityEvent, afterSecurityEvent } from './middleware/logout/after-security-event.js'
export { endLogins } from './middleware/logout/end-logins.js'
export { type LogoutOptions, logout } from './middleware/logout/logout.js'
export { verifyFrontchannelLogout } from './middleware/logout/verify-frontchannel-logout.js'
export { verifyLogoutToken } from './middleware/logout/verify-logout-token.js'
export {
  type VerifySecurityEventOptions,
  verifySecurityEvent,
} from './middleware/logout/verify-security-event.js'
export { noStore } from './middleware/no-store.js'
export { discovery } from './middleware/provider/discovery.js'
export type { ClientAuth, ProviderOptions, Routes } from './options.js'
export { type ClientTokenOptions, clientToken } from './protocol/api/client-token.js'
export type { GrantedPermission, Permission } from './protocol/api/permissions/permission.js'
export {
  decodeToken,
  type VerifiedClaims,
  type VerifyTokenOptions,
  verifyToken,
} from './protocol/api/verify-token.js'
export {
  type PollSecurityEventsOptions,
  pollSecurityEvents,
  type SecurityEventPoll,
} from './protocol/logout/poll-security-events.js'
export type { SecurityEventPolicy } from './protocol/logout/security-event.js'
export { type OpenidClient, openidClient } from './protocol/provider/openid-client.js'
export { createProvider, type Provider } from './provider/provider.js'
export type { LoginDescription, LoginSummary } from './store/login-record.js'
export { type MemoryStoreOptions, memoryStore } from './store/memory-store.js'
export type { IoRedisClient, KoaRedisStore, NodeRedisClient, RedisLike } from './store/redis-client.js'
export { redisStore } from './store/redis-store.js'
export type { Store } from './store/store.js'
export {
  type FrontchannelLogout,
  KeycloakAuthToken,
  type KeycloakBackChannelLogout,
  type KeycloakSecurityEvent,
} from './token.js'
export type { Fetch, FetchRequest, FetchResponse } from './util/bounded-fetch.js'
export type { Claims } from './util/decode-claims.js'
export type { AddressClaim, StandardClaims, UserClaims } from './util/standard-claims.js'
export type { Seen, Sighting } from './util/up-or-down.js'
