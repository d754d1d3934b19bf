import { pathToFileURL } from 'node:url'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { control, settings } from './control.js'
import { redisOf } from './redis-clients.js'

const { createKeycloak } = await import(pathToFileURL(`${settings.dist}/index.js`).href)
const { sessions, client } = await redisOf(settings.redis, settings.client)

let permissionsAsked = 0

/** The provider of the bench has no authorization services. */
function isAboutPermissions({ body }) {
  return body instanceof URLSearchParams && body.get('grant_type')?.endsWith(':uma-ticket')
}

async function granted() {
  permissionsAsked += 1
  return Response.json([{ rsid: '1', rsname: 'orders', scopes: ['view'] }])
}

const app = new Koa()
app.keys = ['a key for the bench']
app.use(session(settings.session === 'redis' ? { store: sessions } : {}, app))
const keycloak = createKeycloak({
  configuration: settings.discoveryUrl,
  clientId: settings.clientId,
  clientSecret: settings.clientSecret,
  store: client,
  ...settings.options,
  fetch: (url, request) => (isAboutPermissions(request) ? granted() : fetch(url, request)),
})
app.use(keycloak.routes())

const router = new Router()
router.get('/private', keycloak.requireLogin(), ctx => {
  ctx.body = `Hello ${ctx.state.keycloak.token.username}`
})
router.get('/permitted', keycloak.requirePermission('orders#view', { cacheFor: 300 }), ctx => {
  ctx.body = `Hello ${ctx.state.keycloak.token.username}`
})
router.get('/public', ctx => {
  ctx.body = 'Hello'
})
router.get('/api', keycloak.bearer(), ctx => {
  ctx.body = `Hello ${ctx.state.keycloak.bearer.preferred_username}`
})
app.use(router.routes())
app.listen(settings.port, 'localhost', () => control({ permissionsAsked: () => permissionsAsked }))
