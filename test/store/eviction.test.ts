import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import { createProvider, type KeycloakOptions } from '../../src/index.js'
import { evictionPolicy } from '../../src/store/eviction.js'
import { useEvents } from '../support/app/events.js'
import { skipWithoutRedis, startRedis } from '../support/redis/redis.js'
import { until } from '../support/until.js'
import { useStart } from '../support/use.js'
import { clients, type RedisServers, startServers } from './redis-clients.js'

/** Redis users, as ACL SETUSER has them: what they may do beside what the store needs. */
const STORE_ONLY = [
  'on',
  'nopass',
  '~*',
  '&*',
  '-@all',
  '+get',
  '+set',
  '+del',
  '+zrem',
  '+eval',
  '+@sortedset',
]
const USERS = {
  'who may not ask CONFIG': ['+info', '+time', '+pexpireat'],
  'who may ask neither': ['+time', '+pexpireat'],
}

describe('The policy of a Redis', function () {
  this.timeout(30_000)
  skipWithoutRedis()
  const start = useStart(async (settings: Record<string, string>) => {
    const server = await startRedis(settings)
    const redis = new Redis(server.port)
    const close = async () => {
      redis.disconnect()
      await server.stop()
    }
    return { server, redis, close }
  })
  const events = useEvents('store.evicting')
  let warnings: (Error & { code?: string })[]
  const listener = (warning: Error) => void warnings.push(warning)
  beforeEach(() => {
    warnings = []
    process.on('warning', listener)
  })
  afterEach(() => void process.off('warning', listener))

  const provider = (store: NonNullable<KeycloakOptions['store']>, name = 'keycloak') =>
    createProvider({ configuration: 'https://id.example/realms/main', clientId: 'app', store, name })

  /** A client that counts what it is asked for. */
  function counting(redis: Redis): { redis: Redis; asked: string[] } {
    const asked: string[] = []
    const { sendCommand } = redis
    redis.sendCommand = (command, ...more) => {
      asked.push(command.name)
      return sendCommand.call(redis, command, ...more)
    }
    return { redis, asked }
  }

  for (const policy of ['allkeys-lru', 'volatile-lru', 'volatile-ttl', 'allkeys-random']) {
    it(`${policy} is said by one warning, and by one event for each provider`, async () => {
      const { redis } = await start({ 'maxmemory-policy': policy })
      const providers = [provider(redis, 'one'), provider(redis, 'two')]
      for (const { logins } of providers) for (let i = 0; i < 3; i++) await logins.read('nobody')
      await until(() => events.length === 2 && warnings.length === 1)
      assert.deepEqual(events, [
        ['store.evicting', { provider: 'one', policy }],
        ['store.evicting', { provider: 'two', policy }],
      ])
      assert.equal(warnings[0]?.code, 'KOA_KEYCLOAK_EVICTING_STORE')
      assert.ok(warnings[0]?.message.includes(policy))
    })
  }

  it('is asked for once, and noeviction is not worth a word', async () => {
    const { redis, asked } = counting((await start({ 'maxmemory-policy': 'noeviction' })).redis)
    const { logins } = provider(redis)
    for (let i = 0; i < 5; i++) await logins.read('nobody')
    await until(() => asked.includes('config'))
    for (let i = 0; i < 5; i++) await logins.read('nobody')
    assert.equal(asked.filter(name => name === 'config').length, 1)
    assert.deepEqual([events, warnings], [[], []])
  })

  it('is found for a user who may not ask CONFIG, and said to be unknown for one who may ask nothing', async () => {
    const { redis, server } = await start({ 'maxmemory-policy': 'allkeys-lfu' })
    const found: unknown[] = []
    for (const [name, more] of Object.entries(USERS)) {
      await redis.call('ACL', 'SETUSER', 'app', 'reset', ...STORE_ONLY, ...more)
      const client = new Redis({
        port: server.port,
        username: 'app',
        password: 'any',
        enableReadyCheck: false,
      })
      try {
        await provider(client, 'app').logins.read(name)
        await until(() => events.length === 1)
        found.push(events.splice(0)[0]?.[1].policy)
      } finally {
        client.disconnect()
      }
    }
    assert.deepEqual(found, ['allkeys-lfu', 'unknown'])
    await until(() => warnings.length === 2)
    assert.equal(warnings[1]?.code, 'KOA_KEYCLOAK_EVICTION_UNKNOWN')
  })

  it('is asked for again when Redis went away over the question', async () => {
    const { redis, server } = await start({ 'maxmemory-policy': 'allkeys-lru' })
    const impatient = new Redis(server.port, { commandTimeout: 100, maxRetriesPerRequest: 0 })
    try {
      const { config } = impatient
      let asked = 0
      impatient.config = ((...args: Parameters<typeof config>) => {
        if (asked++ === 0) return Promise.reject(new Error('Connection is closed.'))
        return config.apply(impatient, args)
      }) as typeof config
      const { logins } = provider(impatient)
      await logins.read('nobody')
      await until(() => asked === 1)
      await logins.read('nobody')
      await until(() => events.length === 1)
      assert.equal(events[0]?.[1].policy, 'allkeys-lru')
    } finally {
      impatient.disconnect()
      redis.disconnect()
    }
  })

  describe('is found', () => {
    let servers: RedisServers
    before(async () => {
      servers = await startServers()
    })
    after(() => servers?.stop())
    for (const [name, open] of Object.entries(clients)) {
      it(`with ${name}`, async () => {
        const { client, close } = await open(servers)
        try {
          assert.equal(await evictionPolicy(client), 'noeviction')
        } finally {
          close()
        }
      })
    }
  })
})
