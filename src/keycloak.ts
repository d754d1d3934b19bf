import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import type Router from '@koa/router'
import type { RouterMiddleware } from '@koa/router'
import type { BearerOptions } from './http/api/bearer-token.js'
import type { PermissionsOptions } from './http/api/permissions.js'
import type { ApiResponse } from './http/api/step-up.js'
import type { LoggedIn, LoginState } from './http/guard/login-state.js'
import type { LoginQuery, LogoutQuery } from './http/link.js'
import type { KoaApplication } from './http/live/authenticate-upgrade.js'
import type { Organization } from './http/login/organization.js'
import type { LoginsOf, LoginsToEnd } from './http/logout/living-logins.js'
import type { AccessTokenOptions } from './http/renewal/access-token.js'
import type { Context, Middleware } from './http/types.js'
import type { ProxyApiOptions } from './middleware/api/proxy-api.js'
import type { ResourceMetadataOptions } from './middleware/api/resource-metadata.js'
import type { WhoAmIOptions } from './middleware/api/who-am-i.js'
import type { RequireLoginOptions } from './middleware/guard/require-login.js'
import type { Permissions } from './middleware/guard/require-permission.js'
import type { Role, Roles } from './middleware/guard/require-role.js'
import type { SameOriginOptions } from './middleware/guard/same-origin.js'
import type { TryLoginOptions } from './middleware/guard/try-login.js'
import type { ClientTokenOptions } from './protocol/api/client-token.js'
import type { GrantedPermission } from './protocol/api/permissions/permission.js'
import type { VerifiedClaims, VerifyTokenOptions } from './protocol/api/verify-token.js'
import type { PollSecurityEventsOptions, SecurityEventPoll } from './protocol/logout/poll-security-events.js'
import type { OpenidClient } from './protocol/provider/openid-client.js'
import type { Provider } from './provider/provider.js'
import type { LoginSummary } from './store/login-record.js'
import type { KeycloakAuthToken } from './token.js'
import type { Claims } from './util/decode-claims.js'
import type { UserClaims } from './util/standard-claims.js'
import type { Sighting } from './util/up-or-down.js'

/**
 * What `createKeycloak` gives: the routes and guards of one provider, and its calls. Every member stands on its
 * own: `const { requireLogin } = keycloak` works.
 */
export interface Keycloak<Own = unknown> {
  /** The client at the identity provider that all of this belongs to: for pieces that are laid by hand. */
  readonly provider: Provider
  /** The router with the routes, each named `<name>.<route>`. `routes()` is what an application uses. */
  readonly router: Router
  /** Gives the middleware that tells at every request who is logged in, and serves the routes: for `app.use`. */
  readonly routes: () => Middleware & { readonly router: Router }
  /** Gives the middleware that answers 405 and OPTIONS for the routes; stands behind `routes()`. */
  readonly allowedMethods: () => RouterMiddleware
  /** Path of the login route, for links and redirects. Throws `invalid_options`, also when there is no such route. */
  readonly loginUrl: (query?: LoginQuery) => string
  /** Path of the logout route, for links and forms. Throws `invalid_options`, also when there is no such route. */
  readonly logoutUrl: (query?: LogoutQuery) => string
  /** Origins for `form-action` in the application's Content-Security-Policy, where forms are sent by GET. */
  readonly cspOrigins: () => string[]
  /** Gives a guard that lets only logged-in users pass; asks for a recent (`maxAge`) or strong (`acr`) login. */
  readonly requireLogin: (options?: RequireLoginOptions) => Middleware
  /** Gives a guard that lets only users pass who have one of the roles: of the realm, of a client, a group, or all of several. */
  readonly requireRole: (...roles: [Role | Roles, ...(Role | Roles)[]]) => Middleware
  /** Gives a guard that lets only users pass who have all of the permissions, by Keycloak's authorization services. */
  readonly requirePermission: (permissions: Permissions, options?: PermissionsOptions) => Middleware
  /** All that the request's user may do with the resources of a client, by Keycloak's authorization services. */
  readonly permissions: (ctx: Context, options?: PermissionsOptions) => Promise<readonly GrantedPermission[]>
  /** Gives a guard that logs visitors in whom the provider knows already, without a question, and lets everybody pass. */
  readonly tryLogin: (options?: TryLoginOptions) => Middleware
  /** Gives a guard that lets only users pass whose login is for an organization: by default for any. */
  readonly requireOrganization: (...which: [] | [organization: Organization]) => Middleware
  /** Gives a guard for APIs: lets only requests pass that bring a valid access token. */
  readonly bearer: (options?: BearerOptions) => Middleware
  /** Gives a guard that takes an access token or a login, and never mistakes one for the other. */
  readonly authenticate: (options?: BearerOptions) => Middleware
  /** Gives the piece that answers at `/.well-known/oauth-protected-resource…` what the option `resource` says of the API. */
  readonly resourceMetadata: (options?: ResourceMetadataOptions) => Middleware
  /** Sends the user to log in as an API's answer demands (RFC 9470); tells whether it did. */
  readonly stepUp: (ctx: Context, response: ApiResponse) => Promise<boolean>
  /** Gives the piece that tells a page's own code who is logged in, as JSON; 200 also for nobody. */
  readonly whoAmI: (options?: WhoAmIOptions) => Middleware
  /** Gives the piece that lets a page's own code use an API with a token that the browser never gets. */
  readonly proxyApi: (options: ProxyApiOptions) => Middleware
  /** Gives a guard against requests that another site's page made the browser send (CSRF). */
  readonly sameOrigin: (options?: SameOriginOptions) => Middleware
  /** The login of a request that has passed a guard. Throws `login_required` where there is none. */
  readonly login: (ctx: Context) => LoggedIn<Own>
  /** The access token of the user who is logged in, renewed when it is due, or by `force`. Rejects with `login_required`. */
  readonly accessToken: (ctx: Context, options?: AccessTokenOptions) => Promise<string>
  /** What the provider's userinfo endpoint says of the user who is logged in, or of a token's. */
  readonly userInfo: (source: Context | KeycloakAuthToken) => Promise<UserClaims<Own>>
  /** A token of the application itself (client credentials), kept until it is nearly over. */
  readonly clientToken: (options?: ClientTokenOptions) => Promise<KeycloakAuthToken>
  /** openid-client's `Configuration` of this client: for the device grant, CIBA and whatever else has no function here. */
  readonly openidClient: () => Promise<OpenidClient>
  /** Verifies an access token and gives its claims. Rejects with `token_invalid`. */
  readonly verifyToken: (jwt: string, options?: VerifyTokenOptions) => Promise<VerifiedClaims>
  /** The claims of any JWT, unverified: to look at, not to believe. `undefined` for what is no JWT. */
  readonly decodeToken: (jwt: string) => Claims | undefined
  /** Who is logged in on a WebSocket handshake or another upgrade; see the function of that name. */
  readonly authenticateUpgrade: (app: KoaApplication, req: IncomingMessage) => Promise<LoginState<Own>>
  /** Answers an upgrade with a failure, by default `login_required`, and closes its connection. */
  readonly refuseUpgrade: (socket: Duplex, error?: unknown) => void
  /** Ends logins in this application, whatever the provider knows of it; tells how many ended. */
  readonly endLogins: (which: LoginsToEnd) => Promise<number>
  /**
   * What has been seen of the identity provider and of the store, without asking them: for a page that operators
   * look at. An application is ready also while the provider is away, since users who are logged in keep working:
   * let no readiness probe depend on `provider`. While `store` is down, requests of logged-in users get 503.
   */
  readonly health: () => { provider: Sighting; store: Sighting }
  /** The living logins of a user, the tokens left out; with a `ctx` each says whether it is that request's. */
  readonly logins: (of: LoginsOf) => Promise<LoginSummary[]>
  /** Fetches security events, where the provider can not reach the application; until it is stopped. */
  readonly pollSecurityEvents: (options: PollSecurityEventsOptions) => SecurityEventPoll
  /** Logs the request's user out, here and at the provider, and answers: for hooks and handlers. */
  readonly logOut: (ctx: Context, options?: LogoutQuery) => Promise<void>
}
