import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { doctor, type Report } from '../../src/doctor/index.js'
import { createKeycloak, type KeycloakOptions, memoryStore, type Store } from '../../src/index.js'
import { clients, type RedisServers, startServers } from '../store/redis-clients.js'
import { redisAvailable, startRedis } from '../support/redis/redis.js'
import { startSlowRelay } from '../support/redis/slow-relay.js'
import { type SmallKeycloak, startSmallKeycloak } from './small-keycloak.js'

const BASE = 'http://localhost:9'

describe('The doctor, at the store', function () {
  this.timeout(30_000)
  let op: SmallKeycloak
  before(async () => {
    op = await startSmallKeycloak(BASE)
  })
  after(() => op.close())

  function examine(store: KeycloakOptions['store'], options: Partial<KeycloakOptions> = {}): Promise<Report> {
    const required = { configuration: op.issuer, clientId: 'koa-app', clientSecret: 's3cret', baseUrl: BASE }
    return doctor(createKeycloak({ ...required, store, ...options }))
  }

  const codes = ({ findings }: Report) => findings.map(({ code }) => code)

  it('finds nothing about a store that does what it has to', async () => {
    const report = await examine(memoryStore())
    assert.deepEqual(codes(report), [])
    assert.ok(report.unexamined.some(({ what }) => what.startsWith('Redis')))
  })

  it('finds logins in memory in production alone', async () => {
    const { NODE_ENV } = process.env
    assert.deepEqual(codes(await examine(undefined)), [])
    process.env.NODE_ENV = 'production'
    try {
      assert.deepEqual(codes(await examine(undefined)), ['store_in_memory'])
    } finally {
      if (NODE_ENV === undefined) delete process.env.NODE_ENV
      else process.env.NODE_ENV = NODE_ENV
    }
  })

  it('finds what a store does not do, by the sentence of the contract', async () => {
    const right = memoryStore()
    const wrong: Store = {
      ...methodsOf(right),
      async replace(key, value, ttl) {
        await right.set(key, value, ttl)
        return true
      },
    }
    const { findings } = await examine(wrong)
    assert.deepEqual(
      findings.map(({ code }) => code),
      ['store_contract'],
    )
    assert.match(findings[0]?.seen ?? '', /replaces only what is present/)
  })

  it('finds a store that hangs, and one that rejects, and says nothing that it says', async () => {
    const hanging = { ...methodsOf(memoryStore()), get: () => new Promise<undefined>(() => {}) }
    assert.deepEqual(codes(await examine(hanging, { storeTimeout: 0.1 })), ['store_unavailable'])
    const failing = { ...methodsOf(memoryStore()), get: () => Promise.reject(new Error('HOSTILE')) }
    const report = await examine(failing)
    assert.deepEqual(codes(report), ['store_unavailable'])
    assert.doesNotMatch(JSON.stringify(report), /HOSTILE/)
  })

  describe('Redis', () => {
    let servers: RedisServers
    before(async function () {
      if (!redisAvailable()) this.skip()
      servers = await startServers()
    })
    after(() => servers?.stop())

    for (const [name, open] of Object.entries(clients)) {
      it(`finds nothing about a healthy one, with ${name}`, async () => {
        const { client, close } = await open(servers)
        try {
          const report = await examine(client)
          assert.deepEqual(codes(report), [])
          const isToldOf = !report.unexamined.some(({ what }) => what.startsWith('Redis'))
          assert.equal(isToldOf, true)
        } finally {
          close()
        }
      })
    }

    it('leaves no key that does not go by itself within a minute', async () => {
      const redis = new Redis(servers.single.port)
      try {
        await examine(redis)
        for (const key of await redis.keys('*')) {
          const life = await redis.pttl(key)
          assert.ok(life >= 0 && life <= 60_000, `${key} lives for ${life} ms`)
        }
      } finally {
        redis.disconnect()
      }
    })

    it('finds one that throws keys away', async () => {
      for (const [settings, expected] of [
        [{ maxmemory: '100mb', 'maxmemory-policy': 'allkeys-lru' }, ['store_evicts']],
        [{ maxmemory: '100mb', 'maxmemory-policy': 'volatile-ttl' }, ['store_evicts']],
        [{ maxmemory: '100mb', 'maxmemory-policy': 'noeviction' }, []],
        [{ maxmemory: 0, 'maxmemory-policy': 'allkeys-lru' }, []],
      ] as const) {
        const server = await startRedis(settings)
        const redis = new Redis(server.port)
        try {
          assert.deepEqual(codes(await examine(redis)), expected)
        } finally {
          redis.disconnect()
          await server.stop()
        }
      }
    })

    it('finds that it is slow', async () => {
      const relay = await startSlowRelay(servers.single.port)
      const redis = new Redis(relay.port)
      try {
        await redis.ping()
        relay.delay = 0.05
        assert.deepEqual(codes(await examine(redis)), ['store_slow'])
      } finally {
        redis.disconnect()
        await relay.close()
      }
    })

    it('finds a clock that is another', async () => {
      const redis = new Redis(servers.single.port)
      try {
        const late = await examine(redis, { now: () => Date.now() / 1000 - 30 })
        assert.deepEqual(codes(late).includes('store_clock'), true)
        assert.match(
          late.findings.find(({ code }) => code === 'store_clock')?.seen ?? '',
          /30 seconds behind/,
        )
      } finally {
        redis.disconnect()
      }
    })
  })
})

/** A class's methods, to be had by name. */
function methodsOf(store: Store): Store {
  return {
    get: key => store.get(key),
    set: (key, value, ttl) => store.set(key, value, ttl),
    add: (key, value, ttl) => store.add(key, value, ttl),
    replace: (key, value, ttl) => store.replace(key, value, ttl),
    delete: key => store.delete(key),
    addMember: (key, member, ttl) => store.addMember(key, member, ttl),
    members: key => store.members(key),
    removeMember: (key, member) => store.removeMember(key, member),
  }
}
