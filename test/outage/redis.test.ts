import assert from 'node:assert/strict'
import redisSessions, { type RedisStore } from 'koa-redis'
import { type ForgedApp, startForgedApp } from '../support/app/forged-app.js'
import { who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { fakeClock } from '../support/clock.js'
import { type RedisServer, redisAvailable, startRedis } from '../support/redis/redis.js'
import { type SlowRelay, startSlowRelay } from '../support/redis/slow-relay.js'
import { until } from '../support/until.js'
import { logIn, needsToken, people, type Row, whenExpired, whileFresh } from './probes.js'
import { inReadme, table } from './table.js'

/** Longer than access tokens live. */
const LATER = 301

interface Outage {
  begin(): unknown
  end(): unknown
  /** Whether the logins are lost. */
  forgets?: true
}

describe('Redis is down', function () {
  this.timeout(60_000)

  const clock = fakeClock()
  let server: RedisServer
  let relay: SlowRelay
  let redis: RedisStore
  let app: ForgedApp
  const rows = new Map<string, Row>()

  const slow = (seconds: number): Outage => ({
    begin: () => {
      relay.delay = seconds
    },
    end: () => {
      relay.delay = 0
    },
  })

  const outages: Record<string, Outage> = {
    'is gone': { begin: () => server.kill(), end: () => server.restart(), forgets: true },
    hangs: { begin: () => server.pause(), end: () => server.resume() },
    'is slower than `storeTimeout`': slow(0.8),
    'is slow, but not that slow': slow(0.05),
    'was restarted, and is empty': { begin: restarted, end: () => undefined, forgets: true },
  }

  before(function () {
    if (!redisAvailable()) this.skip()
  })

  beforeEach(async () => {
    server = await startRedis()
    relay = await startSlowRelay(server.port)
    redis = redisSessions({
      url: `redis://127.0.0.1:${relay.port}`,
      commandTimeout: 3000,
      maxRetriesPerRequest: 1,
    })
    redis.on('error', () => undefined)
    app = await startForgedApp(
      { store: redis, storeTimeout: 0.5, now: clock.now, extend: needsToken },
      { now: clock.now },
    )
  })

  afterEach(async () => {
    server?.resume()
    await app?.close()
    redis?.client.disconnect()
    await relay?.close()
    await server?.stop()
  })

  async function restarted(): Promise<void> {
    await server.restart()
    await until(isServing)
  }

  const isServing = () =>
    redis.client.get('whatever').then(
      () => true,
      () => false,
    )

  for (const [name, { begin, end, forgets = false }] of Object.entries(outages)) {
    it(`(it ${name}): nobody is let in or logged out by mistake, and all is well again without a restart`, async () => {
      const all = await people(app)
      const stranger = new UserAgent()
      await begin()
      const fresh = await whileFresh(app, app.forger, all)
      clock.advance(LATER)
      const expired = await whenExpired(app, all, () => clock.advance(6))
      rows.set(name, { ...fresh, ...expired })

      await end()
      await until(isServing)
      for (const browser of [all.loggedIn, all.expired, all.token]) {
        assert.equal((await who(browser, app)).loggedIn, !forgets)
      }
      assert.equal((await who(stranger, app)).loggedIn, false)
      const isIn = async (browser: UserAgent) => (await who(browser, app)).loggedIn
      if (fresh['Logout here'].startsWith('503')) assert.equal(await isIn(all.logsOut), !forgets)
      if (fresh['Logout request'].startsWith('503')) assert.equal(await isIn(all.loggedOut), !forgets)
      else assert.equal(await isIn(all.loggedOut), false)
      assert.equal((await who(await logIn(app), app)).loggedIn, true)
    })
  }

  it('the README’s table says what happens', () => {
    const observed = table('Redis', rows)
    assert.equal(inReadme('redis-is-down', observed), observed)
  })
})
