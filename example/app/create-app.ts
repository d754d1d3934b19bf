import type { Server } from 'node:http'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak, type Keycloak, type KeycloakState } from '../../src/index.js'
import type { Settings } from './environment.js'
import { attachSockets } from './live.js'
import { homePage, profilePage } from './pages.js'
import { connectRedis } from './redis.js'
import { sessionStore } from './sessions.js'

/** The application, and how to let go of what it holds. */
export interface Application {
  app: Koa<KeycloakState>
  /** Takes WebSockets. */
  attach(server: Server): void
  close(): Promise<void>
}

export function createApp(settings: Settings): Application {
  const { baseUrl, clientId, clientSecret, configuration, keys, redisUrl, scopes } = settings
  const redis = redisUrl === undefined ? undefined : connectRedis(redisUrl)
  const keycloak = createKeycloak({
    configuration,
    clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    ...(baseUrl !== undefined && { baseUrl }),
    ...(scopes && { scopes }),
    ...(redis && { store: redis }),
  })

  const app = new Koa<KeycloakState>()
  app.keys = keys
  // https ends at a proxy before this process; only then are its X-Forwarded-* headers to be believed.
  app.proxy = baseUrl?.startsWith('https:') ?? false
  app.use(health)
  app.use(
    session(
      {
        key: `${clientId.replace(/[^\w-]/g, '_')}.session`, // a browser has one set of cookies for all ports
        sameSite: 'lax',
        ...(settings.session === 'store' && { store: sessionStore(redis) }),
      },
      app,
    ),
  )
  app.use(keycloak.routes())
  app.use(pages(keycloak, baseUrl).routes())
  return {
    app,
    attach: server => attachSockets(server, app, keycloak),
    close: async () => redis?.client.disconnect(),
  }
}

/** Whether this process is up: asks neither session, nor Redis, nor Keycloak. */
async function health(ctx: Koa.ParameterizedContext, next: Koa.Next): Promise<void> {
  if (ctx.path !== '/healthz') return next()
  ctx.body = 'ok'
}

function pages(keycloak: Keycloak, baseUrl = '/') {
  const mount = new URL(baseUrl, 'http://localhost').pathname.replace(/\/$/, '')
  const router = new Router<KeycloakState>()
  router.get('/', ctx => {
    ctx.type = 'html'
    ctx.body = homePage(keycloak, mount, ctx.state.keycloak).toString()
  })
  router.get('/profile', keycloak.requireLogin(), ctx => {
    ctx.type = 'html'
    ctx.body = profilePage(mount, ctx.state.keycloak).toString()
  })
  router.get('/api/me', keycloak.requireLogin(), ctx => {
    const { keycloak: state } = ctx.state
    if (!state.loggedIn) return
    const { sub, username, realmRoles: roles } = state.token
    ctx.body = { sub, username, sid: state.sid, roles }
  })
  // For programs, which bring an access token; it ends with its login.
  router.get('/api/orders', keycloak.bearer({ revocable: true }), ctx => {
    ctx.body = []
  })
  router.get('/admin', keycloak.requireRole('admin'), ctx => {
    ctx.body = 'Only admins see this.'
  })
  router.get('/userinfo', keycloak.requireLogin(), async ctx => {
    ctx.body = await keycloak.userInfo(ctx)
  })
  return router
}
