import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import redisStore from 'koa-redis'
import { createClient } from 'redis'
import { createKeycloak } from '../../src/index.js'
import type { RedisLike } from '../../src/store/redis-client.js'
import { type RedisServer, redisAvailable, startRedis } from '../support/redis/redis.js'
import { loginRecord, tokens } from './login.js'
import { livesOf, type OpenClient } from './redis-clients.js'

const STORE_TIMEOUT = 0.3

/** As people make them, without any option that would help. */
const clients: Record<string, (url: string) => Promise<OpenClient>> = {
  async 'koa-redis'(url) {
    const client = redisStore({ url })
    return { client, close: () => client.client.disconnect() }
  },
  async 'ioredis 6'(url) {
    const client = new Redis(url)
    client.on('error', () => undefined)
    return { client, close: () => client.disconnect() }
  },
  async 'node-redis 6'(url) {
    const client = createClient({ url })
    client.on('error', () => undefined)
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

const isUnavailable = (error: { code?: unknown }) => error.code === 'store_unavailable'

for (const [name, connect] of Object.entries(clients)) {
  describe(`While Redis is away, with ${name}`, () => {
    let redis: RedisServer
    let opened: OpenClient
    before(async function () {
      if (!redisAvailable()) this.skip()
      redis = await startRedis()
      opened = await connect(redis.url)
    })
    after(async () => {
      redis?.resume()
      opened?.close()
      await redis?.stop()
    })

    const loginsOf = (store: RedisLike) =>
      createKeycloak({
        configuration: 'https://keycloak.example/realms/demo',
        clientId: 'app',
        store,
        storeTimeout: STORE_TIMEOUT,
      }).provider.logins

    it('no call hangs while it hangs, and all is well when it goes on', async () => {
      const logins = loginsOf(opened.client)
      const record = loginRecord()
      const id = await logins.begin(record)
      redis.pause()
      const calls = {
        begin: () => logins.begin(loginRecord()),
        read: () => logins.read(id),
        end: () => logins.end(id),
        endBySid: () => logins.endBySid('other'),
        endBySub: () => logins.endBySub('other'),
        list: () => logins.list('user'),
        renew: () => logins.renew(id, record, async () => tokens()),
      }
      const start = performance.now()
      await Promise.all(Object.values(calls).map(call => assert.rejects(call(), isUnavailable)))
      assert.ok(performance.now() - start < 1000 * (STORE_TIMEOUT + 1), 'a call was late')
      redis.resume()
      await recovered(() => logins.read('none'))
    })

    it('what was written too late lets nobody in, and is forgotten in time', async () => {
      const logins = loginsOf(opened.client)
      const record = loginRecord({ sub: 'late' })
      const id = await logins.begin(record)
      redis.pause()
      await assert.rejects(logins.begin(loginRecord({ sub: 'late' })), isUnavailable)
      await assert.rejects(logins.end(id), isUnavailable)
      redis.resume()
      await recovered(() => logins.read('none'))
      assert.ok(await logins.read(id), 'a logout that failed ended nothing')
      await logins.endBySub('late')
      assert.equal(await logins.read(id), undefined)
      assert.deepEqual(await logins.list('late'), [])
      await assertEnds(redis)
    })

    it('new tokens that could not be written are written when it goes on', async () => {
      const logins = loginsOf(opened.client)
      const record = loginRecord({ sub: 'renewed' })
      const id = await logins.begin(record)
      const fresh = tokens()
      await assert.rejects(
        logins.renew(id, record, async () => {
          redis.pause()
          return fresh
        }),
        isUnavailable,
      )
      redis.resume()
      await recovered(() => logins.read('none'))
      const renewed = await logins.renew(id, record, () => assert.fail('asked the provider again'))
      assert.deepEqual(renewed?.tokens, fresh)
      assert.deepEqual((await logins.read(id))?.tokens, fresh)
    })

    it('its death ends no call late, and a new and empty one serves without a restart', async () => {
      const logins = loginsOf(opened.client)
      const record = loginRecord({ sub: 'before' })
      const id = await logins.begin(record)
      await redis.kill()
      const start = performance.now()
      await assert.rejects(logins.read(id), isUnavailable)
      await assert.rejects(
        logins.renew(id, record, async () => tokens()),
        isUnavailable,
      )
      await assert.rejects(logins.endBySub('before'), isUnavailable)
      assert.ok(performance.now() - start < 1000 * (3 * STORE_TIMEOUT + 1), 'a call was late')
      await redis.restart()
      await recovered(() => logins.read('none'))
      assert.equal(await logins.read(id), undefined)
      const next = await logins.begin(loginRecord({ sub: 'after' }))
      assert.ok(await logins.read(next))
      await assertEnds(redis)
    })
  })
}

/** A client says in ways of its own that it is connected again: so it is tried. */
async function recovered(probe: () => Promise<unknown>): Promise<void> {
  for (;;) {
    try {
      return void (await probe())
    } catch {
      await delay(20)
    }
  }
}

/** Also what came late has an end. */
async function assertEnds({ port }: RedisServer): Promise<void> {
  for (const [key, life] of await livesOf(port)) assert.ok(life > 0, `${key} has no end`)
}
