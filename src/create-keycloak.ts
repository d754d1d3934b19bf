import Router, { type RouterMiddleware } from '@koa/router'
import { invalid } from './check-options.js'
import { loginOf } from './http/guard/login-state.js'
import { publicPath } from './http/public-address.js'
import { accessToken, userInfo } from './http/renewal/access-token.js'
import type { Context, Middleware } from './http/types.js'
import { bearer } from './middleware/api/bearer.js'
import { loadLogin } from './middleware/guard/load-login.js'
import { requireLogin } from './middleware/guard/require-login.js'
import { requireRole } from './middleware/guard/require-role.js'
import { bindSession } from './middleware/login/bind-session.js'
import { exchangeCode } from './middleware/login/exchange-code.js'
import { login } from './middleware/login/login.js'
import { returnToApp } from './middleware/login/return-to-app.js'
import { endLogins } from './middleware/logout/end-logins.js'
import { logout } from './middleware/logout/logout.js'
import { verifyLogoutToken } from './middleware/logout/verify-logout-token.js'
import { noStore } from './middleware/no-store.js'
import { discovery } from './middleware/provider/discovery.js'
import type { ProviderOptions } from './options.js'
import { clientToken } from './protocol/api/client-token.js'
import { decodeToken, verifyToken } from './protocol/api/verify-token.js'
import { createProvider, type Provider } from './provider.js'
import type { KeycloakAuthToken, KeycloakBackChannelLogout } from './token.js'

export interface KeycloakOptions extends ProviderOptions {
  /**
   * Runs when a user has logged in; what it does not answer goes back to where the user was. What it throws ends
   * the login.
   */
  afterLogin?: (ctx: Context, token: KeycloakAuthToken) => unknown
  /** Runs when a logout request has ended logins; `logout.ended` says how many. */
  afterLogoutRequest?: (ctx: Context, logout: KeycloakBackChannelLogout) => unknown
}

/** Which logins to end: of a session of the provider, of a user, or one of those that `logins` lists. */
export type LoginsToEnd = { sid: string } | { sub: string } | { id: string }

/**
 * Everything for the common case: one provider, its four routes on a router, and the guards.
 * Throws `invalid_options`.
 */
export function createKeycloak({ afterLogin, afterLogoutRequest, ...options }: KeycloakOptions) {
  const provider = createProvider(options)
  checkHook('afterLogin', afterLogin)
  checkHook('afterLogoutRequest', afterLogoutRequest)
  const p = provider
  const table: Record<keyof typeof p.settings.routes, [methods: string[], ...pieces: Middleware[]]> = {
    login: [['GET'], noStore(), discovery(p), login(p)],
    callback: [
      ['GET', 'POST'],
      noStore(),
      discovery(p),
      exchangeCode(p),
      bindSession(p),
      loggedIn(p, afterLogin),
      returnToApp(p),
    ],
    logout: [['GET', 'POST'], noStore(), discovery(p, { optional: true }), logout(p)],
    logoutRequest: [
      ['POST'],
      noStore(),
      discovery(p),
      verifyLogoutToken(p),
      endLogins(p),
      loggedOut(p, afterLogoutRequest),
    ],
  }

  const router = new Router({ prefix: p.settings.prefix })
  router.use(loadLogin(p) as RouterMiddleware)
  for (const [name, [methods, ...pieces]] of Object.entries(table)) {
    const path = p.settings.routes[name as keyof typeof table]
    if (path !== false)
      router.register(path, methods, pieces as RouterMiddleware[], { name: `${p.name}.${name}` })
  }

  return {
    provider,
    router,
    /** Loads the login of every request that passes, and serves the routes; for `app.use` and for other routers. */
    routes: () => Object.assign(everyRequest(p, router), { router }),
    allowedMethods: () => router.allowedMethods(),
    /** Path of the login route, for links. */
    loginUrl: (query: { returnTo?: string; [param: string]: string | undefined } = {}) =>
      link(p, 'login', query),
    /** Path of the logout route, for links. */
    logoutUrl: (query: { redirectUri?: string; state?: string } = {}) => link(p, 'logout', query),
    requireLogin: bound(requireLogin, p),
    requireRole: bound(requireRole, p),
    bearer: bound(bearer, p),
    accessToken: bound(accessToken, p),
    userInfo: bound(userInfo, p),
    clientToken: bound(clientToken, p),
    verifyToken: bound(verifyToken, p),
    decodeToken,
    /** Ends logins here, whatever the provider knows of it; tells how many. */
    endLogins: (which: LoginsToEnd) => end(p, which),
    /** The living logins of a user, without their tokens. */
    logins: ({ sub }: { sub: string }) => p.logins.list(sub),
  }
}

export type Keycloak = ReturnType<typeof createKeycloak>

function bound<Rest extends unknown[], Result>(
  verb: (provider: Provider, ...rest: Rest) => Result,
  provider: Provider,
) {
  return (...rest: Rest) => verb(provider, ...rest)
}

/** A router runs its own middleware only for its own routes; who is logged in every route wants to know. */
function everyRequest(provider: Provider, router: Router): Middleware {
  const load = loadLogin(provider)
  const routes = router.routes() as unknown as Middleware
  return async function keycloak(ctx, next) {
    await load(ctx, () => routes(ctx, next))
  }
}

/** A login that the application refuses, by throwing, is none: whatever becomes of the response and its cookie. */
function loggedIn(provider: Provider, hook: KeycloakOptions['afterLogin']): Middleware {
  return async function afterLogin(ctx, next) {
    const login = ctx.state[provider.name]
    try {
      await hook?.(ctx, login.token)
    } catch (error) {
      await provider.logins.end(loginOf(login).id).catch(() => undefined)
      throw error
    }
    if (ctx.status === 404 && ctx.body === undefined) await next()
  }
}

function loggedOut(provider: Provider, hook: KeycloakOptions['afterLogoutRequest']): Middleware {
  return async function afterLogoutRequest(ctx) {
    await hook?.(ctx, ctx.state[provider.name].logout)
  }
}

function end({ logins }: Provider, which: LoginsToEnd): Promise<number> {
  if ('sid' in which) return logins.endBySid(which.sid)
  if ('sub' in which) return logins.endBySub(which.sub)
  return logins.endByHash(which.id).then(Number)
}

function link(
  provider: Provider,
  route: 'login' | 'logout',
  query: Record<string, string | undefined>,
): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, value)
  return publicPath(provider, route) + (params.size > 0 ? `?${params}` : '')
}

function checkHook(option: string, hook: unknown): void {
  if (hook !== undefined && typeof hook !== 'function') throw invalid(`${option} has to be a function.`)
}
