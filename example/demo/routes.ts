import Router from '@koa/router'
import type Koa from 'koa'
import type { Html } from '../support/html.js'
import type { Application, Demo, DemoState } from './application.js'
import { serveLive } from './live.js'
import { adminPage } from './pages/admin.js'
import { apiCallPage } from './pages/api-call.js'
import { homePage } from './pages/home.js'
import { sequencePage } from './pages/sequence.js'
import { stepUpPage } from './pages/step-up.js'

/** How many requests are sent at once. */
const MANY = 50

/** The application's pages. Each shows its own lines of this file. */
export function routes(demo: Demo, own: Application): Router<DemoState> {
  const { keycloak, lane } = own
  const { timeline, standIn } = demo
  const router = new Router<DemoState>()

  router.get('/live', ctx => serveLive(demo, own, ctx, ctx.state[lane]))

  router.get('/', keycloak.tryLogin(), async ctx => {
    show(ctx, await homePage(demo, own, ctx.state[lane]))
  })
  router.get('/sequence', keycloak.tryLogin(), ctx => {
    show(ctx, sequencePage(demo, own, ctx.state[lane]))
  })
  router.get('/step-up', keycloak.requireLogin({ acr: 'gold' }), ctx => {
    show(ctx, stepUpPage(demo, own, ctx.state[lane]))
  })
  router.get('/api-call', keycloak.requireLogin(), async ctx => {
    const headers = { authorization: `Bearer ${await keycloak.accessToken(ctx)}` }
    const answer = await fetch(`${otherOf(demo, own).url}/api/greeting`, { headers })
    show(ctx, apiCallPage(demo, own, otherOf(demo, own), answer.status, await answer.text()))
  })
  router.get('/api/greeting', keycloak.bearer({ scopes: ['profile'] }), ctx => {
    ctx.body = { hello: ctx.state[lane].bearer?.preferred_username, from: own.name }
  })
  router.get('/api/me', keycloak.requireLogin(), ctx => {
    ctx.body = { username: ctx.state[lane].token?.username }
  })
  router.get('/admin', keycloak.requireRole('admin'), async ctx => {
    show(ctx, await adminPage(demo, own, ctx.state[lane]))
  })
  router.post('/admin/log-out/:username', keycloak.sameOrigin(), keycloak.requireRole('admin'), async ctx => {
    const { username = '' } = ctx.params
    timeline.tell('keycloak', `is told by an administrator to log ${username} out`)
    await standIn.logoutUser(username)
    ctx.redirect('/admin')
  })
  router.post('/logins/:id/end', keycloak.sameOrigin(), keycloak.requireLogin(), async ctx => {
    const { id = '' } = ctx.params
    const { sub = '' } = ctx.state[lane].token ?? {}
    const mine = await keycloak.logins({ sub })
    if (mine.some(login => login.id === id)) await keycloak.endLogins({ id })
    ctx.redirect('/')
  })
  router.post('/break/fifty', keycloak.sameOrigin(), keycloak.requireLogin(), async ctx => {
    await demo.breakages.time?.act()
    const { refresh } = standIn.counts
    const ask = () => fetch(`${own.url}/api/me`, { headers: { cookie: ctx.get('cookie') } })
    const answers = await Promise.all(Array.from({ length: MANY }, ask))
    const good = answers.filter(({ status }) => status === 200).length
    timeline.tell(
      lane,
      `answered ${good} of ${MANY} requests, with ${standIn.counts.refresh - refresh} renewal`,
    )
    ctx.redirect('/sequence')
  })
  return router
}

/** What breaks things needs no login: it has to work when nothing else does. */
export function breakRoutes(demo: Demo, { keycloak }: Application): Router<DemoState> {
  const router = new Router<DemoState>()
  router.post('/break/:name', keycloak.sameOrigin(), async (ctx, next) => {
    const breakage =
      Object.hasOwn(demo.breakages, ctx.params.name ?? '') && demo.breakages[ctx.params.name ?? '']
    if (!breakage) return next()
    await breakage.act()
    ctx.redirect('/sequence')
  })
  router.post('/clear', keycloak.sameOrigin(), ctx => {
    demo.timeline.clear()
    ctx.redirect('/sequence')
  })
  return router
}

function otherOf({ applications }: Demo, own: Application): Application {
  return applications.find(application => application !== own) ?? own
}

function show(ctx: Koa.ParameterizedContext, page: Html): void {
  ctx.type = 'html'
  ctx.set('Cache-Control', 'no-store') // the back button shows nobody's page to the next one
  ctx.body = page.toString()
}
