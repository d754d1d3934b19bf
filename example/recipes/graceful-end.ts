/**
 * An end on SIGTERM that costs nobody a login: requests that run get their answers first. One of them may be renewing
 * tokens, and what Keycloak has given for a used refresh token must come into the store before the process goes.
 */
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Redis } from 'ioredis'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak } from '../../src/index.js'
import { run } from '../support/ending.js'
import { portFrom } from '../support/port.js'
import { isStarted, realmFor } from '../support/recipe.js'

/** Longer than a call to Keycloak and those to the store may take; shorter than the time to the service manager's SIGKILL. */
const PATIENCE = 10

export function endOnSigterm(server: Server, release: () => unknown): void {
  process.once('SIGTERM', async () => {
    const closed = once(server, 'close')
    server.close() // no new connections, and those that idle are closed
    server.on('request', (_, response) => response.setHeader('Connection', 'close'))
    setTimeout(() => server.closeAllConnections(), PATIENCE * 1000).unref()
    await closed
    await release()
  })
}

export function createApp(configuration: string, redis: Redis): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  const keycloak = createKeycloak({
    configuration,
    clientId: 'koa-app',
    clientSecret: 's3cret',
    store: redis,
  })
  app.use(session(app)).use(keycloak.routes()).use(keycloak.requireLogin())
  app.use(ctx => {
    ctx.body = ctx.state.keycloak.user
  })
  return app
}

if (isStarted(import.meta.url)) {
  await run(async () => {
    const redis = new Redis(process.env.REDIS_URL ?? 'redis://127.0.0.1:6379', {
      maxRetriesPerRequest: 1,
      commandTimeout: 1000,
    })
    const server = createServer().listen(portFrom('PORT', 2700), 'localhost')
    await once(server, 'listening')
    const url = `http://localhost:${(server.address() as AddressInfo).port}`
    server.on('request', createApp(await realmFor(url), redis).callback())
    endOnSigterm(server, () => redis.quit())
    console.log(`listening on ${url}`)
  })
}
