import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { createKeycloak } from '../../src/index.js'
import { type StoreTime, storeContract } from '../../src/store/contract.js'
import { memoryStore } from '../../src/store/memory-store.js'
import { redisStore } from '../../src/store/redis-store.js'
import type { Store } from '../../src/store/store.js'
import { fakeClock } from '../support/clock.js'
import { redisAvailable } from '../support/redis/redis.js'
import { loginRecord } from './login.js'
import { clients, livesOf, type OpenClient, type RedisServers, startServers } from './redis-clients.js'

/** A server's clock is its own: there, time has to be waited for. */
const realTime: StoreTime = { pass: seconds => delay(seconds * 1000) }

function fulfils(open: () => { store: Store; time: StoreTime }): void {
  for (const { title, run } of storeContract) {
    it(title, async () => {
      const { store, time } = open()
      await run(store, time)
    })
  }
}

describe('The option store', () => {
  it('takes a Store as it is, also one that has a Redis client of its own', async () => {
    const client = new Redis({ lazyConnect: true, port: 1 })
    const store = Object.assign(memoryStore(), { client })
    const { logins } = createKeycloak({
      configuration: 'https://keycloak.example/realms/demo',
      clientId: 'app',
      store,
    }).provider
    try {
      assert.ok(await logins.read(await logins.begin(loginRecord())))
      assert.equal(store.size, 3)
      assert.equal(client.status, 'wait')
    } finally {
      client.disconnect()
    }
  })
})

describe('The contract of stores', () => {
  describe('memoryStore', () => {
    fulfils(() => {
      const clock = fakeClock()
      return { store: memoryStore({ now: clock.now }), time: { pass: clock.advance } }
    })
  })

  describe('redisStore', () => {
    let servers: RedisServers
    before(async function () {
      if (!redisAvailable()) this.skip()
      servers = await startServers()
    })
    after(() => servers?.stop())

    for (const [name, connect] of Object.entries(clients)) {
      describe(`with ${name}`, () => {
        let opened: OpenClient
        before(async () => {
          opened = await connect(servers)
        })
        after(() => opened?.close())

        fulfils(() => ({ store: redisStore(opened.client), time: realTime }))

        it('is what createKeycloak takes as its store', async () => {
          const { logins } = createKeycloak({
            configuration: 'https://keycloak.example/realms/demo',
            clientId: 'app',
            store: opened.client,
          }).provider
          const record = loginRecord({ sub: name })
          const id = await logins.begin(record)
          assert.deepEqual(await logins.read(id), record)
          assert.deepEqual((await logins.list(name)).length, 1)
          assert.equal(await logins.endBySub(name), 1)
          assert.equal(await logins.read(id), undefined)
        })
      })
    }

    describe('afterwards', () => {
      it('leaves no key without an end', async () => {
        const ports = [servers.single.port, ...servers.cluster.nodes.map(({ port }) => port)]
        let seen = 0
        for (const port of ports) {
          for (const [key, life] of await livesOf(port)) {
            assert.ok(life > 0 && life <= 3_600_000, `${key} lives for ${life} ms`)
            seen++
          }
        }
        assert.ok(seen > 100, `only ${seen} keys`)
      })
    })
  })
})
