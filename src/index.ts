export { createKeycloak, type Keycloak, type KeycloakOptions, type LoginsToEnd } from './create-keycloak.js'
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
} from './errors.js'
export { accessToken, userInfo } from './http/access-token.js'
export type { Exchanged } from './http/exchanged.js'
export type { Handover, KeycloakState, LoggedIn, LoggedOut, LoginState } from './http/login-state.js'
export type { Context, Middleware, Next } from './http/types.js'
export { type BearerOptions, bearer } from './middleware/bearer.js'
export { bindSession } from './middleware/bind-session.js'
export { type DiscoveryOptions, discovery } from './middleware/discovery.js'
export { endLogins } from './middleware/end-logins.js'
export { exchangeCode } from './middleware/exchange-code.js'
export { loadLogin } from './middleware/load-login.js'
export { type LoginOptions, login } from './middleware/login.js'
export { type LogoutOptions, logout } from './middleware/logout.js'
export { noStore } from './middleware/no-store.js'
export { type RequireLoginOptions, requireLogin } from './middleware/require-login.js'
export { type Role, requireRole } from './middleware/require-role.js'
export { returnToApp } from './middleware/return-to-app.js'
export { verifyLogoutToken } from './middleware/verify-logout-token.js'
export type { ClientAuth, ProviderOptions, Routes } from './options.js'
export { decodeToken, type VerifyTokenOptions, verifyToken } from './protocol/access-token.js'
export { type ClientTokenOptions, clientToken } from './protocol/client-token.js'
export { createProvider, type Provider } from './provider.js'
export type { LoginSummary } from './store/login-record.js'
export { memoryStore } from './store/memory-store.js'
export type { IoRedisClient, KoaRedisStore, NodeRedisClient, RedisLike } from './store/redis-client.js'
export { redisStore } from './store/redis-store.js'
export type { Store } from './store/store.js'
export { KeycloakAuthToken, type KeycloakBackChannelLogout } from './token.js'
export type { Fetch, FetchRequest, FetchResponse } from './util/bounded-fetch.js'
export type { Claims } from './util/decode-claims.js'
