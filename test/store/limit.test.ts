import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { LoginError } from '../../src/errors.js'
import { Logins } from '../../src/store/logins.js'
import { redisStore } from '../../src/store/redis-store.js'
import { randomId } from '../../src/util/random.js'
import { useRedis } from '../support/redis/redis.js'
import { use } from '../support/use.js'
import { loginRecord } from './login.js'

describe('A limit of logins, over a real Redis', function () {
  this.timeout(60_000)
  const redis = useRedis()
  const processes = Array.from({ length: 4 }, () =>
    use(
      () => {
        const client = new Redis(redis.url)
        return { client, logins: newLogins(client) }
      },
      ({ client }) => client.disconnect(),
    ),
  )

  function newLogins(client: Redis): Logins {
    return new Logins(redisStore(client), { space: 'limit', now: () => Date.now() / 1000, lockTtl: 9 })
  }

  for (const excess of ['oldest', 'refuse'] as const) {
    for (const max of [1, 3]) {
      it(`of ${max} holds in four processes at once, by ${excess}, and ${max} stay`, async () => {
        for (let round = 0; round < 25; round++) {
          const sub = randomId()
          const begin = async (i: number) => {
            const { logins } = processes[i % processes.length] ?? assert.fail()
            const record = loginRecord({ sub, sid: `${sub} ${i}` })
            const id = await logins.begin(record)
            return logins.keepAtMost(max, excess, id, record)
          }
          const fates = await Promise.all(Array.from({ length: 8 }, (_, i) => begin(i)))
          const { logins } = processes[0] ?? assert.fail()
          assert.equal((await logins.list(sub)).length, max, fates.join())
          // One that was told that it stays may end in the same moment, but none stays that was told otherwise.
          assert.ok(fates.filter(fate => fate === 'stays').length >= max)
        }
      })
    }
  }

  it('ends all others of a user, in whatever process they are, and those under way', async () => {
    const [{ logins: here }, { logins: there }] = [
      processes[0] ?? assert.fail(),
      processes[1] ?? assert.fail(),
    ]
    const sub = randomId()
    const began = loginRecord({ sub, sid: `${sub} late` })
    const kept = await here.begin(loginRecord({ sub, sid: `${sub} kept` }))
    const other = await there.begin(loginRecord({ sub, sid: `${sub} other` }))
    const [{ id: hash } = assert.fail()] = (await here.list(sub)).filter(({ sid }) => sid === `${sub} kept`)
    assert.equal(await there.endOthers(sub, hash), 1)
    assert.equal(await there.read(other), undefined)
    await assert.rejects(there.begin(began), (error: unknown) => error instanceof LoginError)
    const record = (await there.read(kept)) ?? assert.fail()
    const renewed = await there.renew(kept, record, async ({ tokens }) => tokens)
    assert.equal(renewed?.renewals, 1, 'a renewal reads the marks, and they leave it out')
  })
})
