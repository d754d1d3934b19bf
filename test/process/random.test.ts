import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { type Forger, startForger } from '../support/forger/forger.js'
import { type Cluster, startCluster } from '../support/process/cluster.js'
import { loginsIn } from '../support/redis/logins-in-redis.js'
import { type RedisServer, redisAvailable, startRedis } from '../support/redis/redis.js'
import { Chance } from './random/chance.js'
import { replaceOne } from './random/chaos.js'
import { Ledger } from './random/ledger.js'
import { Person } from './random/person.js'
import { requestLogout } from './random/provider-logout.js'
import { Sockets } from './random/sockets.js'
import { ask, askApi, createWorld, type World } from './random/world.js'

/** Seconds. RANDOM_RUN=60 for a minute of it; RANDOM_SEED to have the same choices again. */
const DURATION = Number(process.env.RANDOM_RUN ?? 12)
const SEED = Number(process.env.RANDOM_SEED ?? Math.floor(Math.random() * 2 ** 32))

const PEOPLE = 8

/**
 * The longest life that a key of each kind may have, in seconds: that of what it is about. A login is kept for a
 * minute after its end, and its place in an index for another one.
 */
const LONGEST: Record<string, number> = {
  login: 1860,
  sid: 1920,
  sub: 1920,
  lock: 14,
  ended: 60,
  'ended-sid': 3600,
  'ended-sub': 3600,
}
/** koa-session's default, with its own margin. */
const SESSION = 24 * 3600 + 10

describe('Whatever people, the provider and the processes do', function () {
  this.timeout((DURATION + 90) * 1000)

  let forger: Forger
  let server: RedisServer
  let redis: Redis
  let cluster: Cluster
  let world: World
  let people: Person[]
  const chance = new Chance(SEED)

  before(async function () {
    if (!redisAvailable()) this.skip()
    forger = await startForger({ alg: 'ES256', accessTokenLifetime: 1 })
    server = await startRedis()
    redis = new Redis(server.url)
    cluster = await startCluster({
      redis: server.url,
      session: chance.oneOf(['cookie', 'store'] as const) ?? 'cookie',
      clientSecret: 's3cret',
      provider: async () => forger.issuer,
    })
  })

  after(async () => {
    await cluster?.close()
    redis?.disconnect()
    await server?.stop()
    await forger?.close()
  })

  it(`a logout is final and nobody else is logged out (RANDOM_SEED=${SEED})`, async () => {
    const end = performance.now() + DURATION * 1000
    const ledger = new Ledger()
    world = createWorld({
      cluster,
      forger,
      redis,
      ledger,
      sockets: new Sockets(ledger),
      isOver: () => performance.now() > end,
    })
    const { sockets, tally, isOver } = world
    people = Array.from({ length: PEOPLE }, (_, i) => new Person(`person-${i}`, world, chance.split()))
    const again = async (act: () => Promise<void>, pause: [number, number], own = chance.split()) => {
      while (!isOver() && ledger.violations.length === 0) {
        await delay(own.between(...pause)) // people think, and logouts are rare: this is no waiting
        await act()
      }
    }
    const chaos = chance.split()
    const logouts = chance.split()
    await Promise.all([
      ...people.map(person => again(() => person.act(), [0, 150])),
      again(() => requestLogout(world, logouts), [100, 900]),
      again(() => replaceOne(world, chaos), [1000, 3000]),
      again(async () => sockets.check(), [200, 200]),
    ])
    await everybodyEverywhere()
    await sockets.settle()

    const refreshes = forger.requests.filter(({ form }) => form.has('refresh_token')).length
    console.log(`      ${JSON.stringify({ ...tally, refreshes })}`)
    assert.deepEqual(ledger.violations, [], cluster.members.map(({ output }) => output).join('\n'))
    for (const happening of ['login', 'logout', 'by sid', 'by sub', 'token', 'socket'] as const)
      assert.ok(tally[happening] > 0)
    assert.ok(refreshes > 0 && tally.kill + tally.end > 0)
  })

  /** Every browser and every copy of its cookies, at every process. */
  async function everybodyEverywhere(): Promise<void> {
    for (const person of people) {
      const own = person.login ? [{ agent: person.agent, login: person.login }] : []
      for (const { agent, login } of [...own, ...person.copies]) {
        await Promise.all(cluster.members.map(({ url }) => ask(world, agent.clone(), login, url)))
      }
      for (const token of person.tokens) {
        await Promise.all(cluster.members.map(({ url }) => askApi(world, token, url)))
      }
    }
  }

  it('what is ended is not in Redis any more, and every key there has an end, not later than its use', async () => {
    for (const { sub, sid = '', issuedAt } of (await loginsIn(redis)).values()) {
      const login = { sub, sid, issuedAfter: issuedAt, issuedBefore: issuedAt }
      assert.ok(!world.ledger.isOut(login), `${sub} ${sid} has an end, and a login`)
    }
    const keys = await redis.keys('*')
    assert.ok(keys.length > 0)
    for (const key of keys) {
      const [, kind = ''] = /^koa-keycloak:[^:]+:([^:]+):/.exec(key) ?? []
      const life = (await redis.pttl(key)) / 1000
      assert.ok(life !== -0.001 && life <= (LONGEST[kind] ?? SESSION), `${key} lives for ${life} s`)
    }
  })
})
