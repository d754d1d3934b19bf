import assert from 'node:assert/strict'
import redisStore, { type RedisStore } from 'koa-redis'
import { type RedisServer, redisAvailable, startRedis } from './redis.js'

describe('a Redis of its own', () => {
  let redis: RedisServer
  let store: RedisStore

  before(async function () {
    if (!redisAvailable()) this.skip()
    redis = await startRedis()
    store = redisStore({ url: redis.url, commandTimeout: 200, maxRetriesPerRequest: 0 })
  })

  after(async () => {
    store?.client.disconnect()
    await redis?.stop()
  })

  it('serves, hangs, goes on, dies and comes back empty on the same port', async () => {
    const ping = () => store.client.get('a')
    await store.client.set('a', '1')
    assert.equal(await ping(), '1')
    redis.pause()
    await assert.rejects(ping(), /timed out/)
    redis.resume()
    assert.equal(await ping(), '1')
    await redis.kill()
    await assert.rejects(ping())
    const ready = new Promise(resolve => store.client.once('ready', resolve))
    await redis.restart()
    await ready
    assert.equal(await ping(), null)
  })

  it('keeps apart from another one', async () => {
    const other = await startRedis()
    assert.notEqual(other.port, redis.port)
    await other.stop()
  })
})
