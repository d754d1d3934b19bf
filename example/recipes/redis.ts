/**
 * Sessions and logins in one Redis, by one connection: for more than one process, and for logins that survive
 * a restart. REDIS_URL, or the Redis of this machine.
 */
import Router from '@koa/router'
import Koa from 'koa'
import redisStore from 'koa-redis'
import session from 'koa-session'
import { createKeycloak } from '../../src/index.js'
import { recipe } from '../support/recipe.js'

export function createApp(
  configuration: string,
  url = process.env.REDIS_URL ?? 'redis://127.0.0.1:6379',
): Koa {
  const app = new Koa()
  app.keys = ['changeme'] // the same for all processes

  // Without these two, a Redis that hangs lets every request hang, and one that is down keeps it for seconds.
  const redis = redisStore({ url, commandTimeout: 1000, maxRetriesPerRequest: 1 })
  app.use(session({ store: redis }, app))

  const keycloak = createKeycloak({
    configuration,
    clientId: 'koa-app',
    clientSecret: 's3cret',
    store: redis,
  })
  app.use(keycloak.routes())

  const router = new Router()
  router.get('/', keycloak.requireLogin(), ctx => {
    ctx.session.visits = (ctx.session.visits ?? 0) + 1
    ctx.body = { ...ctx.state.keycloak.user, visits: ctx.session.visits }
  })
  app.use(router.routes())
  return app
}

await recipe(import.meta.url, configuration => createApp(configuration))
