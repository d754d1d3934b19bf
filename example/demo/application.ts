import { randomBytes } from 'node:crypto'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak, type Keycloak, type KeycloakState, loadLogin } from '../../src/index.js'
import type { StandIn } from '../stand-in/stand-in.js'
import type { Html } from '../support/html.js'
import { serveAssets } from './assets.js'
import { explainErrors } from './errors.js'
import type { EventLog } from './event-log.js'
import { adminPage } from './pages/admin.js'
import { homePage } from './pages/home.js'
import { stepUpPage } from './pages/step-up.js'
import { sameOriginOnly } from './same-origin-only.js'
import { watchedFetch } from './watched-fetch.js'

/** One of the demo's two applications, as its pages and the other one know it. */
export interface Application {
  name: string
  url: string
  clientId: string
  clientSecret?: string
  keycloak: Keycloak
}

/** What both applications share, since they are in one process: a real one would have nothing of it. */
export interface Demo {
  standIn: StandIn
  log: EventLog
  applications: Application[]
  users: readonly { username: string; sub: string }[]
  /** The applications' clock, for a test that can't wait. Seconds since the epoch. */
  now: (() => number) | undefined
}

/** Ties an application to the stand-in: from here on it is an ordinary use of the package. */
export function connect(demo: Demo, { name, clientId, clientSecret }: Omit<Application, 'keycloak' | 'url'>) {
  const tell = (text: string) => demo.log.add(name, text)
  return createKeycloak({
    configuration: demo.standIn.discoveryUrl,
    clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    fetch: watchedFetch(tell),
    ...(demo.now && { now: demo.now }),
    afterLogin: (_ctx, { username, idTokenClaims }) => {
      tell(`${username} logged in${idTokenClaims?.acr === 'gold' ? ', with the strength gold' : ''}`)
    },
    afterLogoutRequest: (_ctx, { ended }) => {
      tell(`received a logout request, and ${ending(ended)}`)
    },
  })
}

export function createApplication(demo: Demo, own: Application): Koa<KeycloakState> {
  const { keycloak, clientId } = own
  const app = new Koa<KeycloakState>()
  app.keys = [randomBytes(32).toString('base64url')]
  app.use(explainErrors(own))
  app.use(serveAssets(demo.log))
  app.use(session({ key: `${clientId}.session`, sameSite: 'lax' }, app))
  app.use(loadLogin(keycloak.provider))
  app.use(watchLogout(demo, own))
  app.use(keycloak.routes())
  app.use(pages(demo, own).routes())
  return app
}

function pages(demo: Demo, own: Application): Router<KeycloakState> {
  const { keycloak } = own
  const router = new Router<KeycloakState>()
  const show = (ctx: Koa.ParameterizedContext, page: Html) => {
    ctx.type = 'html'
    ctx.set('Cache-Control', 'no-store') // the back button shows nobody's page to the next one
    ctx.body = page.toString()
  }

  router.get('/', async ctx => {
    show(ctx, await homePage(demo, own, ctx.state.keycloak))
  })
  router.get('/step-up', keycloak.requireLogin({ acr: 'gold' }), ctx => {
    show(ctx, stepUpPage(demo, own, ctx.state.keycloak))
  })
  router.get('/admin', keycloak.requireRole('admin'), async ctx => {
    show(ctx, await adminPage(demo, own, ctx.state.keycloak))
  })
  router.post('/admin/log-out/:username', sameOriginOnly, keycloak.requireRole('admin'), async ctx => {
    const { username = '' } = ctx.params
    demo.log.add('Keycloak', `is told by an administrator to log ${username} out`)
    await demo.standIn.logoutUser(username)
    ctx.redirect('/admin')
  })
  return router
}

/** The package has no hook for a logout, since the application stands around its route anyway. */
function watchLogout({ log }: Demo, { name, keycloak }: Application) {
  const path = keycloak.logoutUrl()
  return async function watchLogout(ctx: Koa.ParameterizedContext<KeycloakState>, next: Koa.Next) {
    const { keycloak: before } = ctx.state
    await next()
    if (ctx.path === path && before.loggedIn) log.add(name, `${before.token.username} logged out here`)
  }
}

function ending(logins: number): string {
  if (logins === 0) return 'had no login left to end'
  return logins === 1 ? 'ended one login' : `ended ${logins} logins`
}
