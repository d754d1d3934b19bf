import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import type { StandIn } from '../../example/stand-in/stand-in.js'
import { startProvider } from '../support/app/app.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { type Cluster, startCluster } from '../support/process/cluster.js'
import { age } from '../support/redis/logins-in-redis.js'
import { type RedisServer, redisAvailable, startRedis } from '../support/redis/redis.js'
import { until } from '../support/until.js'

/** Longer than the access tokens of the provider live. */
const EXPIRED = 301

/** Seconds for which a process that renews tokens keeps others from it: `2 * timeout + 5 * storeTimeout`. */
const LOCK = 11

/** Seconds that a process waits for the provider, by default. */
const TIMEOUT = 3

describe('Four processes on one Redis', function () {
  this.timeout(60_000) // whole processes are started, on machines that may be busy

  let provider: StandIn
  let server: RedisServer
  let redis: Redis
  let cluster: Cluster

  before(async function () {
    if (!redisAvailable()) this.skip()
    provider = await startProvider()
    server = await startRedis()
    redis = new Redis(server.url)
    cluster = await startCluster({
      redis: server.url,
      session: 'cookie',
      clientSecret: 'secret',
      async provider(url) {
        await provider.addClient({
          clientId: 'app',
          clientSecret: 'secret',
          redirectUris: [`${url}/openid/auth`],
          logoutRequestUri: `${url}/openid/logout_request`,
        })
        return provider.issuer
      },
    })
  })

  after(async () => {
    await cluster?.close()
    redis?.disconnect()
    await server?.stop()
    await provider?.close()
  })

  async function loggedIn(username: 'alice' | 'bob'): Promise<UserAgent> {
    const browser = new UserAgent()
    await browser.login(`${cluster.url}/profile`, username, username)
    return browser
  }

  /** What each process says to a request that only the logged-in may make, all asked at once. */
  const statuses = (browser: UserAgent, times = 1) =>
    Promise.all(
      cluster.members.flatMap(({ url }) =>
        Array.from({ length: times }, async () => (await browser.fetch(`${url}/api/me`)).status),
      ),
    )

  it('log in on one, and all know it; a logout request to one, and all are out at once', async () => {
    const alice = await loggedIn('alice')
    const copy = alice.clone()
    const bob = await loggedIn('bob')
    assert.deepEqual(await statuses(alice), [200, 200, 200, 200])
    await provider.logoutUser('alice')
    assert.deepEqual(await statuses(alice), [401, 401, 401, 401])
    assert.deepEqual(await statuses(copy), [401, 401, 401, 401])
    assert.deepEqual(await statuses(bob), [200, 200, 200, 200])
  })

  it('log out on one by link, and all are out, copies of the cookie too', async () => {
    const alice = await loggedIn('alice')
    const copy = alice.clone()
    await alice.goto(`${cluster.members[2]?.url}/openid/logout`, { site: 'same-origin', redirects: 0 })
    assert.deepEqual(await statuses(copy), [401, 401, 401, 401])
  })

  it('fifty requests to each at the moment of expiry make one refresh, and all are served', async () => {
    const alice = await loggedIn('alice')
    for (let round = 0; round < 3; round++) {
      await age(redis, EXPIRED)
      const { refresh } = provider.counts
      assert.deepEqual(new Set(await statuses(alice, 50)), new Set([200]))
      assert.equal(provider.counts.refresh - refresh, 1)
    }
  })

  it('one is killed while it renews tokens: the others renew when its time is over, and nobody is logged out', async () => {
    const alice = await loggedIn('alice')
    const bob = await loggedIn('bob')
    await age(redis, EXPIRED)
    const { refresh } = provider.counts
    const [victim, ...others] = cluster.members
    assert.ok(victim)

    provider.hang(true, ['refresh'])
    const lost = alice.fetch(`${victim.url}/api/me`).catch(() => undefined)
    await until(() => provider.counts.refresh === refresh + 1)
    const lockedAt = performance.now()
    const waiting = others.map(({ url }) => alice.fetch(`${url}/api/me`))
    await victim.kill()
    await lost
    provider.hang(false, ['refresh'])

    assert.deepEqual(
      (await Promise.all(waiting)).map(({ status }) => status),
      [200, 200, 200],
    )
    const waited = (performance.now() - lockedAt) / 1000
    assert.ok(waited < LOCK + 5, `They waited for ${waited} s.`)
    assert.equal(provider.counts.refresh, refresh + 2)

    await victim.restart()
    assert.deepEqual(await statuses(alice), [200, 200, 200, 200])
    assert.deepEqual(await statuses(bob), [200, 200, 200, 200])
  })

  it('the provider hangs: it is waited for once, however many processes ask, and nobody is logged out', async () => {
    const alice = await loggedIn('alice')
    await age(redis, EXPIRED)
    const { refresh } = provider.counts
    provider.hang(true, ['refresh'])
    const startedAt = performance.now()
    assert.deepEqual(await statuses(alice, 5), Array(20).fill(200))
    const waited = (performance.now() - startedAt) / 1000
    provider.hang(false, ['refresh'])
    assert.ok(waited < TIMEOUT * 2, `They waited for ${waited} s.`)
    assert.equal(provider.counts.refresh, refresh + 1)
  })
})
