import { randomBytes } from 'node:crypto'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { control, settings } from './control.js'
import { redisOf } from './redis-clients.js'

/** What somebody would write who wants no more than this: one read, one look whether it is over. */
const { sessions, client } = await redisOf(settings.redis, settings.client)

const app = new Koa()
app.keys = ['a key for the bench']
app.use(session(settings.session === 'redis' ? { store: sessions } : {}, app))

async function guard(ctx, next) {
  const id = ctx.session.login
  const text = id && (await client.get(`login:${id}`))
  const login = text ? JSON.parse(text) : undefined
  if (!login || login.endsAt < Date.now() / 1000) {
    ctx.status = 401
    return
  }
  ctx.state.user = login
  await next()
}

let tokens = {}
const router = new Router()
router.get('/private', guard, ctx => {
  ctx.body = `Hello ${ctx.state.user.username}`
})
router.get('/log-in', async ctx => {
  const id = randomBytes(32).toString('base64url')
  const { sub, sid } = tokens
  const login = { sub, sid, username: 'alice', endsAt: Date.now() / 1000 + 3600, tokens }
  await client.set(`login:${id}`, JSON.stringify(login))
  ctx.session.login = id
  ctx.body = 'Welcome'
})
app.use(router.routes())
const useTokens = given => {
  tokens = given
}
app.listen(settings.port, 'localhost', () => control({ useTokens }))
