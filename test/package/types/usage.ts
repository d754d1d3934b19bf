/** Compiled by `npm run check`, never run: what people write has to compile without a cast. */
import Router from '@koa/router'
import { Redis } from 'ioredis'
import Koa from 'koa'
import redisStore from 'koa-redis'
import session from 'koa-session'
import { createClient, createCluster } from 'redis'
import {
  type AfterLogin,
  type AfterLogoutRequest,
  accessToken,
  afterLogin,
  afterLogoutRequest,
  bearer,
  bindSession,
  createKeycloak,
  createProvider,
  discovery,
  endLogins,
  exchangeCode,
  type Keycloak,
  type KeycloakAuthToken,
  type KeycloakState,
  loadLogin,
  login,
  logout,
  type Middleware,
  memoryStore,
  noStore,
  type Provider,
  redisStore as redisLogins,
  requireLogin,
  requireRole,
  returnToApp,
  type Store,
  verifyLogoutToken,
} from '../../../src/index.js'

/** The application of the README's first page: store shared with koa-session, hooks, a guarded route. */
export function wholePackage(): void {
  const app = new Koa()
  app.keys = ['changeme']
  const redis = redisStore({ url: 'redis://127.0.0.1:6379' })
  app.use(session({ store: redis }, app))

  const keycloak: Keycloak = createKeycloak({
    configuration: 'https://host/realms/master/.well-known/openid-configuration',
    clientId: 'my-app',
    clientSecret: 'secret',
    store: redis,
    afterLogin: async (ctx, token) => {
      const username: string | undefined = token.username
      ctx.session.username = username
      ctx.redirect('/')
    },
    afterLogoutRequest: (_ctx, { ended, sid, sub }) => {
      const count: number = ended
      const who: string | undefined = sid ?? sub
      console.log(count, who)
    },
  })

  const router = new Router()
  app.use(keycloak.routes()).use(keycloak.allowedMethods())
  app.use(
    router
      .get('/me', keycloak.requireLogin(), ctx => {
        ctx.body = ctx.state.keycloak.user
      })
      .routes(),
  )
  const nested = new Router()
  nested.use('/nested', keycloak.routes())
  app.use(nested.routes())
}

/** The same out of single pieces. */
export function byHand(router: Router, audit: Middleware): void {
  const provider: Provider = createProvider({ configuration: 'https://host/realms/a', clientId: 'app' })
  const app = new Koa()
  app.use(loadLogin(provider))
  router.get('/login', noStore(), discovery(provider), login(provider, { scopes: ['openid'] }))
  router.get('/openid/auth', discovery(provider), exchangeCode(provider), audit, bindSession(provider), ctx =>
    ctx.redirect('/'),
  )
  router.get('/auth2', exchangeCode(provider), bindSession(provider), returnToApp(provider))
  router.get('/logout', logout(provider, { redirectUri: '/bye' }))
  router.post('/logout_request', discovery(provider), verifyLogoutToken(provider), endLogins(provider))
  router.get('/admin', requireLogin(provider, { maxAge: 300, acr: 'gold' }), requireRole(provider, 'admin'))
  router.get('/api', bearer(provider, { audience: 'api', scopes: ['read'] }), async ctx => {
    ctx.body = await accessToken(provider, ctx)
  })
}

/** Hooks are pieces as well, and what `createKeycloak` gives may be taken apart. */
export function hooksByHand(router: Router, provider: Provider, keycloak: Keycloak): void {
  const welcome: AfterLogin = (ctx, token) => ctx.redirect(`/welcome/${token.username}`)
  const note: AfterLogoutRequest = (_ctx, { ended }) => console.log(ended)
  router.get(
    '/openid/auth',
    exchangeCode(provider),
    bindSession(provider),
    afterLogin(provider, welcome),
    returnToApp(provider),
  )
  router.post(
    '/openid/logout_request',
    verifyLogoutToken(provider),
    endLogins(provider),
    afterLogoutRequest(provider, note),
  )
  const { requireLogin, loginUrl } = keycloak
  router.get('/mine', requireLogin(), ctx => ctx.redirect(loginUrl({ returnTo: ctx.query.to?.toString() })))
}

/** Guards stand in routers and applications whose state has a type of its own. */
export function guardsInTypedRouters(keycloak: Keycloak): void {
  interface State extends KeycloakState {
    requestId: string
  }
  const app = new Koa<State>()
  app.use(keycloak.routes())
  app.use(keycloak.requireLogin({ maxAge: 60 }))
  const router = new Router<State>()
  router.get('/', keycloak.requireRole('admin', { client: 'app', role: 'editor' }), ctx => {
    const id: string = ctx.state.requestId
    ctx.body = [id, ctx.state.keycloak.loggedIn]
  })
  app.use(router.routes())
}

/** Every client that people have is a store without more ado. */
export async function stores(own: Store): Promise<Store[]> {
  const configuration = 'https://host/realms/a'
  const ioredis = new Redis()
  const node = createClient()
  const cluster = createCluster({ rootNodes: [] })
  for (const store of [redisStore(), ioredis, node, cluster, memoryStore({ maxEntries: 10 }), own])
    createKeycloak({ configuration, clientId: 'app', store })
  return [redisLogins(ioredis), redisLogins(node), redisLogins(redisStore())]
}

export async function tokens(keycloak: Keycloak, token: KeycloakAuthToken): Promise<unknown[]> {
  const machine: KeycloakAuthToken = await keycloak.clientToken({ scopes: ['read'] })
  const claims = await keycloak.verifyToken('jwt', { audience: 'api' })
  const iss: string | undefined = claims.iss
  const ended: number = await keycloak.endLogins({ sub: 'a' })
  const [first] = await keycloak.logins({ sub: 'a' })
  if (first) await keycloak.endLogins({ id: first.id })
  return [machine.accessToken, iss, ended, keycloak.decodeToken('jwt'), await keycloak.userInfo(token)]
}

export function roles(keycloak: Keycloak): void {
  // @ts-expect-error a guard without a role would let everybody in or nobody
  keycloak.requireRole()
  // @ts-expect-error a role at a client has two names
  keycloak.requireRole({ client: 'app' })
  // @ts-expect-error which logins?
  keycloak.endLogins({})
  // @ts-expect-error `sub` alone says whose
  keycloak.logins({ sid: 'x' })
}
