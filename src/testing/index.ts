export type { Application } from './application.js'
export type { BearerOptions } from './bearer.js'
export type { BrowserCookie } from './cookies.js'
export type { FailingEndpoint, Failure } from './faults.js'
export type { LoginOptions } from './log-in.js'
export type { LogoutOptions } from './log-out.js'
export type { Endpoint } from './provider/endpoints.js'
export { type Step, TestKeycloakError } from './refusal.js'
export {
  type ClientOptions,
  type PublicClientOptions,
  type TestKeycloak,
  type TestKeycloakOptions,
  testKeycloak,
} from './test-keycloak.js'
