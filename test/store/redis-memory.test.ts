import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { Logins } from '../../src/store/logins.js'
import { redisStore } from '../../src/store/redis-store.js'
import { type RedisServer, redisAvailable, startRedis } from '../support/redis/redis.js'
import { loginRecord } from './login.js'

describe('A login in Redis', () => {
  let redis: RedisServer
  let client: Redis
  before(async function () {
    if (!redisAvailable()) this.skip()
    redis = await startRedis()
    client = new Redis(redis.port)
  })
  after(async () => {
    client?.disconnect()
    await redis?.stop()
  })

  it('takes little more than its tokens', async () => {
    const record = loginRecord({ sub: crypto.randomUUID(), sid: crypto.randomUUID() })
    const { accessToken, refreshToken = '', idToken = '' } = record.tokens
    const logins = new Logins(redisStore(client), {
      space: 'x'.repeat(16),
      now: () => Date.now() / 1000,
      lockTtl: 9,
    })
    await logins.begin(record)
    let [stored, allocated] = [0, 0]
    for (const key of await client.keys('*')) {
      const isValue = (await client.type(key)) === 'string'
      const content = isValue
        ? await client.strlen(key)
        : (await client.zrange(key, 0, '-1')).join('').length + 8
      stored += key.length + content
      allocated += Number(await client.memory('USAGE', key))
    }
    const size = accessToken.length + refreshToken.length + idToken.length
    assert.ok(stored <= 1.2 * size, `${stored} bytes for tokens of ${size}`)
    // What Redis makes of it: an allocation of the next larger size, and what it knows about each key.
    assert.ok(allocated <= 1.3 * size, `${allocated} bytes allocated for tokens of ${size}`)
  })
})
