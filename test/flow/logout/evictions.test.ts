import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { useEvents } from '../../support/app/events.js'
import { requestLogout, useForgedAppEach } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import { useRedisEach } from '../../support/redis/redis.js'
import { useEach } from '../../support/use.js'

const USERS = 20

/** Redis counts in seconds how long a key was not used: the others have to be older than that. */
const TICK = 1100

/** What another application keeps there, too. */
const JUNK = { bytes: 10_000, keys: 100 }

for (const policy of ['allkeys-lru', 'volatile-lru']) {
  describe(`A Redis of 12 MB that is full, with ${policy}`, function () {
    this.timeout(60_000) // time passes for Redis as it does
    const server = useRedisEach({ maxmemory: '12mb', 'maxmemory-policy': policy, 'maxmemory-samples': 64 })
    const redis = useEach(
      () => new Redis(server.url),
      client => client.disconnect(),
    )
    const clock = fakeClock()
    const app = useForgedAppEach(() => ({ store: redis, now: clock.now }), { now: clock.now })
    const events = useEvents('store.evicting', 'login.ended')

    /** Users at work while another application fills the memory, until no place in an index is left. */
    async function fill(users: UserAgent[]): Promise<void> {
      const indexes = async () => (await redis.keys('koa-keycloak:*')).filter(key => /:(sid|sub):/.test(key))
      await delay(TICK)
      while ((await indexes()).length > 0) {
        for (const user of users) await who(user, app)
        const write = () => redis.set(randomBytes(8).toString('hex'), randomBytes(JUNK.bytes), 'EX', 3600)
        await Promise.all(Array.from({ length: JUNK.keys }, write))
      }
    }

    it('ends each login that a logout request did not find at its next renewal', async () => {
      const users: { browser: UserAgent; sid: string }[] = []
      for (let n = 0; n < USERS; n++) {
        const browser = new UserAgent()
        Object.assign(app.forger.knobs, { sid: `session-${n}`, sub: `user-${n}` })
        await browser.goto(`${app.url}/private`)
        users.push({ browser, sid: `session-${n}` })
      }
      await fill(users.map(({ browser }) => browser))

      const isIn = async () => {
        const states = await Promise.all(users.map(({ browser }) => who(browser, app)))
        return states.filter(({ loggedIn }) => loggedIn).length
      }
      for (const { sid } of users) {
        assert.equal((await requestLogout(app, { sid, sub: undefined })).status, 200)
      }
      const notFound = await isIn()
      assert.ok(notFound > USERS / 2, `Redis has thrown the logins away, too: ${notFound} are left`)
      clock.advance(295)
      assert.equal(await isIn(), 0)
      assert.equal(app.forger.counts.token, USERS, 'no renewal was asked for')
      assert.equal(events.filter(([, { reason }]) => reason === 'renewal').length, notFound)
      assert.deepEqual(
        events.filter(([name]) => name === 'store.evicting'),
        [['store.evicting', { provider: 'keycloak', policy }]],
      )
    })
  })
}
