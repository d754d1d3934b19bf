import Router from '@koa/router'
import { checkNoArguments, checkOptions } from './check-options.js'
import { permissions } from './http/api/permissions.js'
import { stepUp } from './http/api/step-up.js'
import { cspOrigins } from './http/csp-origins.js'
import { currentLogin } from './http/guard/current-login.js'
import { loginLink, logoutLink } from './http/link.js'
import { authenticateUpgrade } from './http/live/authenticate-upgrade.js'
import { refuseUpgrade } from './http/live/refuse-upgrade.js'
import type { DescribeLogin } from './http/login/describe-login.js'
import { endLivingLogins, listLogins } from './http/logout/living-logins.js'
import { logOut } from './http/logout/log-out.js'
import { accessToken, userInfo } from './http/renewal/access-token.js'
import type { Middleware } from './http/types.js'
import type { Keycloak } from './keycloak.js'
import { authenticate } from './middleware/api/authenticate.js'
import { bearer } from './middleware/api/bearer.js'
import { proxyApi } from './middleware/api/proxy-api.js'
import { resourceMetadata } from './middleware/api/resource-metadata.js'
import { whoAmI } from './middleware/api/who-am-i.js'
import { loadLogin } from './middleware/guard/load-login.js'
import { requireLogin } from './middleware/guard/require-login.js'
import { requireOrganization } from './middleware/guard/require-organization.js'
import { requirePermission } from './middleware/guard/require-permission.js'
import { requireRole } from './middleware/guard/require-role.js'
import { sameOrigin } from './middleware/guard/same-origin.js'
import { tryLogin } from './middleware/guard/try-login.js'
import { type AfterLogin, afterLogin } from './middleware/login/after-login.js'
import { bindSession } from './middleware/login/bind-session.js'
import { exchangeCode } from './middleware/login/exchange-code.js'
import { type LimitLoginsOptions, limitLogins } from './middleware/login/limit-logins.js'
import { login } from './middleware/login/login.js'
import { returnToApp } from './middleware/login/return-to-app.js'
import { type AfterLogoutRequest, afterLogoutRequest } from './middleware/logout/after-logout-request.js'
import { type AfterSecurityEvent, afterSecurityEvent } from './middleware/logout/after-security-event.js'
import { endLogins } from './middleware/logout/end-logins.js'
import { logout } from './middleware/logout/logout.js'
import { verifyFrontchannelLogout } from './middleware/logout/verify-frontchannel-logout.js'
import { verifyLogoutToken } from './middleware/logout/verify-logout-token.js'
import {
  type VerifySecurityEventOptions,
  verifySecurityEvent,
} from './middleware/logout/verify-security-event.js'
import { noStore } from './middleware/no-store.js'
import { discovery } from './middleware/provider/discovery.js'
import { PROVIDER_OPTIONS, type ProviderOptions } from './options.js'
import { clientToken } from './protocol/api/client-token.js'
import { decodeToken, verifyToken } from './protocol/api/verify-token.js'
import { pollSecurityEvents } from './protocol/logout/poll-security-events.js'
import { openidClient } from './protocol/provider/openid-client.js'
import { createProvider, type Provider } from './provider/provider.js'
import { type Check, type Checks, callable, withDefault } from './util/checks.js'
import { isPlainObject } from './util/kind-of.js'

export interface KeycloakOptions<Own = unknown> extends ProviderOptions {
  /**
   * Gives what `logins` is to tell of where a login was made: a JSON object of at most 1024 bytes. Default: nothing.
   */
  describeLogin?: DescribeLogin | undefined
  /** How many logins a user may have, and which go beyond: `{ max: 3, excess: 'oldest' }`. Default: no limit. */
  limitLogins?: LimitLoginsOptions | undefined
  /**
   * Runs when a user has logged in; what it does not answer goes back to where the user was. What it throws ends
   * the login.
   */
  afterLogin?: AfterLogin<Own> | undefined
  /** Runs when a logout request has ended logins; `logout.ended` says how many. */
  afterLogoutRequest?: AfterLogoutRequest | undefined
  /** What the route of security events asks of them, and what they mean: `{ authorization, credentialChange }`. */
  securityEvents?: VerifySecurityEventOptions | undefined
  /** Runs for each security event; `event.ended` says how many logins it ended. */
  afterSecurityEvent?: AfterSecurityEvent | undefined
}

const EVENTS: Check<VerifySecurityEventOptions> = {
  expected: '{ authorization, audience, credentialChange }',
  accepts: (v): v is VerifySecurityEventOptions => isPlainObject(v),
}

const LIMITS: Check<LimitLoginsOptions> = {
  expected: '{ max, excess }',
  accepts: (v): v is LimitLoginsOptions => isPlainObject(v),
}

const OPTIONS = {
  ...PROVIDER_OPTIONS,
  describeLogin: callable<DescribeLogin>(),
  limitLogins: LIMITS,
  afterLogin: withDefault(callable<AfterLogin>(), () => undefined),
  afterLogoutRequest: withDefault(callable<AfterLogoutRequest>(), () => undefined),
  securityEvents: EVENTS,
  afterSecurityEvent: withDefault(callable<AfterSecurityEvent>(), () => undefined),
} satisfies Checks<KeycloakOptions>

/**
 * Everything for the common case: one provider, its four routes on a router, and the guards.
 * Throws `invalid_options`.
 */
export function createKeycloak<Own = unknown>(given: KeycloakOptions<Own>): Keycloak<Own> {
  const options = given as KeycloakOptions
  const hooks = checkOptions('createKeycloak()', options, OPTIONS)
  const p = createProvider(providerOptions(options))
  const table: Record<keyof typeof p.settings.routes, [methods: string[], ...pieces: Middleware[]]> = {
    login: [['GET'], noStore(), discovery(p), login(p)],
    callback: [
      ['GET', 'POST'],
      noStore(),
      discovery(p),
      exchangeCode(p),
      bindSession(p, { describeLogin: hooks.describeLogin }),
      ...(hooks.limitLogins ? [limitLogins(p, hooks.limitLogins)] : []),
      afterLogin(p, hooks.afterLogin),
      returnToApp(p),
    ],
    logout: [['GET', 'POST'], noStore(), logout(p)],
    logoutRequest: [
      ['POST'],
      noStore(),
      discovery(p),
      verifyLogoutToken(p),
      endLogins(p),
      afterLogoutRequest(p, hooks.afterLogoutRequest),
    ],
    securityEvents: [
      ['POST'],
      noStore(),
      discovery(p),
      verifySecurityEvent(p, hooks.securityEvents),
      endLogins(p),
      afterSecurityEvent(p, hooks.afterSecurityEvent),
    ],
    frontchannelLogout: [['GET'], noStore(), verifyFrontchannelLogout(p), endLogins(p)],
  }

  const router = new Router({ prefix: p.settings.prefix })
  router.use(loadLogin(p))
  for (const [name, [methods, ...pieces]] of Object.entries(table)) {
    const path = p.settings.routes[name as keyof typeof table]
    if (path !== false) router.register(path, methods, pieces, { name: `${p.name}.${name}` })
  }

  const keycloak: Keycloak = {
    provider: p,
    router,
    routes: (...none: []) => {
      checkNoArguments('keycloak.routes()', none)
      return Object.assign(everyRequest(p, router), { router })
    },
    allowedMethods: (...none: []) => {
      checkNoArguments('keycloak.allowedMethods()', none)
      return router.allowedMethods()
    },
    loginUrl: bound(loginLink, p),
    logoutUrl: bound(logoutLink, p),
    cspOrigins: (...none: []) => {
      checkNoArguments('keycloak.cspOrigins()', none)
      return cspOrigins(p)
    },
    requireLogin: bound(requireLogin, p),
    requireRole: bound(requireRole, p),
    requireOrganization: bound(requireOrganization, p),
    requirePermission: bound(requirePermission, p),
    permissions: bound(permissions, p),
    tryLogin: bound(tryLogin, p),
    bearer: bound(bearer, p),
    authenticate: bound(authenticate, p),
    sameOrigin: bound(sameOrigin, p),
    resourceMetadata: bound(resourceMetadata, p),
    whoAmI: bound(whoAmI, p),
    proxyApi: bound(proxyApi, p),
    stepUp: bound(stepUp, p),
    login: bound(currentLogin, p),
    accessToken: bound(accessToken, p),
    userInfo: bound(userInfo, p),
    clientToken: bound(clientToken, p),
    openidClient: bound(openidClient, p),
    verifyToken: bound(verifyToken, p),
    decodeToken,
    authenticateUpgrade: bound(authenticateUpgrade, p),
    refuseUpgrade: bound(refuseUpgrade, p),
    endLogins: bound(endLivingLogins, p),
    logins: bound(listLogins, p),
    logOut: bound(logOut, p),
    pollSecurityEvents: bound(pollSecurityEvents, p),
    health: (...none: []) => {
      checkNoArguments('keycloak.health()', none)
      return { provider: p.health.provider.sighting, store: p.health.store.sighting }
    },
  }
  return keycloak as Keycloak<Own> // which claims a realm adds is a matter of types alone
}

/** What `createProvider` has no use for. */
const OWN = [
  'describeLogin',
  'limitLogins',
  'afterLogin',
  'afterLogoutRequest',
  'securityEvents',
  'afterSecurityEvent',
] as const

/** Those that are not this composition's own. */
function providerOptions(options: KeycloakOptions): ProviderOptions {
  const rest: Partial<KeycloakOptions> & ProviderOptions = { ...options }
  for (const name of OWN) delete rest[name]
  return rest
}

function bound<Rest extends unknown[], Result>(
  verb: (provider: Provider, ...rest: Rest) => Result,
  provider: Provider,
) {
  return (...rest: Rest) => verb(provider, ...rest)
}

/** A router runs its own middleware only for its own routes; who is logged in every route wants to know. */
function everyRequest(provider: Provider, router: Router): Middleware {
  const load = loadLogin(provider)
  // What the router wants of a context beside Koa's own, it puts there itself.
  const routes = router.routes() as unknown as Middleware
  return async function keycloak(ctx, next) {
    await load(ctx, () => routes(ctx, next))
  }
}
