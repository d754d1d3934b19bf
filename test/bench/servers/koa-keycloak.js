import { pathToFileURL } from 'node:url'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { control, settings } from './control.js'
import { redisOf } from './redis-clients.js'

const { createKeycloak } = await import(pathToFileURL(`${settings.dist}/index.js`).href)
const { sessions, client } = await redisOf(settings.redis, settings.client)

const app = new Koa()
app.keys = ['a key for the bench']
app.use(session(settings.session === 'redis' ? { store: sessions } : {}, app))
const keycloak = createKeycloak({
  configuration: settings.discoveryUrl,
  clientId: settings.clientId,
  clientSecret: settings.clientSecret,
  store: client,
})
app.use(keycloak.routes())

const router = new Router()
router.get('/private', keycloak.requireLogin(), ctx => {
  ctx.body = `Hello ${ctx.state.keycloak.token.username}`
})
router.get('/public', ctx => {
  ctx.body = 'Hello'
})
router.get('/api', keycloak.bearer(), ctx => {
  ctx.body = `Hello ${ctx.state.keycloak.bearer.preferred_username}`
})
app.use(router.routes())
app.listen(settings.port, 'localhost', () => control())
