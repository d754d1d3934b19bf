import assert from 'node:assert/strict'
import { Redis } from 'ioredis'
import type { LoginRecord } from '../../src/store/login-record.js'
import { Logins, type LoginsOptions } from '../../src/store/logins.js'
import { memoryStore } from '../../src/store/memory-store.js'
import { redisStore } from '../../src/store/redis-store.js'
import type { Store } from '../../src/store/store.js'
import { useRedis } from '../support/redis/redis.js'
import { use } from '../support/use.js'
import { loginRecord } from './login.js'

function sealed(store: Store, options: Partial<LoginsOptions> = {}): Logins {
  return new Logins(store, {
    space: 'seals',
    now: () => Date.now() / 1000,
    lockTtl: 9,
    sealTokens: true,
    ...options,
  })
}

const secretsOf = ({ tokens }: LoginRecord) =>
  [tokens.accessToken, tokens.refreshToken, tokens.idToken].filter(token => token !== undefined)

/** A store whose values can be looked at and moved. */
function openStore() {
  const values = new Map<string, string>()
  const inner = memoryStore()
  const store: Store = {
    ...inner,
    set: (key, value, ttl) => {
      values.set(key, value)
      return inner.set(key, value, ttl)
    },
  }
  return { store, values }
}

describe('Sealed tokens', () => {
  it('are read as they were written, by the id alone, and renewed', async () => {
    const { store } = openStore()
    const record = loginRecord()
    const id = await sealed(store).begin(record)
    const read = (await sealed(store).read(id)) ?? assert.fail()
    assert.deepEqual(read, record)
    const accessToken = 'another access token'
    const renewed = await sealed(store).renew(id, read, async ({ tokens }) => {
      assert.equal(tokens.refreshToken, record.tokens.refreshToken)
      return { ...tokens, accessToken }
    })
    assert.equal(renewed?.tokens.accessToken, accessToken)
    assert.deepEqual(await sealed(store).read(id), renewed)
  })

  it('stay where a login has no refresh token and no ID token', async () => {
    const { store } = openStore()
    const { refreshToken: _, idToken: __, ...rest } = loginRecord().tokens
    const record = loginRecord({ tokens: rest })
    const id = await sealed(store).begin(record)
    assert.deepEqual(await sealed(store).read(id), record)
  })

  it('leave what a logout needs readable: subject, session and times', async () => {
    const { store } = openStore()
    const logins = sealed(store)
    await logins.begin(loginRecord({ device: { browser: 'phone' } }))
    const [listed] = await logins.list('user')
    assert.deepEqual([listed?.sub, listed?.sid, listed?.device], ['user', 'session', { browser: 'phone' }])
    assert.equal(await logins.endBySid('session'), 1)
  })

  it('are sealed where they were not before, at the next renewal; and read where sealing is off again', async () => {
    const { store } = openStore()
    const record = loginRecord()
    const id = await sealed(store, { sealTokens: false }).begin(record)
    assert.deepEqual(await sealed(store).read(id), record, 'a record of before')
    const renewed = await sealed(store).renew(id, record, async ({ tokens }) => tokens)
    assert.deepEqual(await sealed(store, { sealTokens: false }).read(id), renewed)
  })

  const ways: Record<string, (own: string, other: string) => string> = {
    'of another login': (_own, other) => other,
    'of which a bit is changed': own =>
      `${own.slice(0, -9)}${own.at(-9) === 'A' ? 'B' : 'A'}${own.slice(-8)}`,
    'that are cut off': own => own.slice(0, -24),
    'with nothing in them': own => `${own.split('\n')[0]}\n`,
    'of another user': own => own.replace('"user"', '"root"'),
    'of another session': own => own.replace('"session"', '"another"'),
  }
  for (const [what, forge] of Object.entries(ways)) {
    it(`${what} do not open: that is no login, it ends, and is told`, async () => {
      const ended: unknown[] = []
      const { store, values } = openStore()
      const logins = sealed(store, { onEnded: (_hash, { sub }, reason) => ended.push([sub, reason]) })
      const id = await logins.begin(loginRecord())
      const [[key, own] = assert.fail()] = [...values]
      await logins.begin(loginRecord())
      const [, [, other] = assert.fail()] = [...values]
      await store.set(key, forge(own, other), 60)
      assert.equal(await logins.read(id), undefined)
      assert.equal(ended.length, 1)
      assert.match(String(ended[0]), /unreadable$/)
      assert.equal(await store.get(key), undefined)
    })
  }

  it('do not open for another application, another realm or another secret', async () => {
    for (const options of [{ space: 'other' }, { sealTokens: 'a secret of another' }]) {
      const { store, values } = openStore()
      const id = await sealed(store).begin(loginRecord())
      const [[key, value] = assert.fail()] = [...values]
      await store.set(key.replace(':seals:', `:${options.space ?? 'seals'}:`), value, 60)
      assert.equal(await sealed(store, options).read(id), undefined)
    }
  })

  describe('in a real Redis', () => {
    const redis = useRedis()
    const client = use(
      () => new Redis(redis.url),
      running => running.disconnect(),
    )

    async function dump(): Promise<string> {
      const keys = await client.keys('*')
      const values = await Promise.all(keys.map(key => client.dumpBuffer(key)))
      const plain = await Promise.all(
        keys.map(async key => (await client.type(key)) === 'string' && client.get(key)),
      )
      return [...keys, ...plain, ...values.map(value => value.toString('latin1'))].join('\n')
    }

    for (const sealTokens of [true, 'a secret of this application', false]) {
      it(`are ${sealTokens ? 'not in a dump' : 'in a dump where they are not sealed'} (${typeof sealTokens})`, async () => {
        await client.flushall()
        const logins = sealed(redisStore(client), { sealTokens })
        const record = loginRecord()
        const id = await logins.begin(record)
        const renewed = await logins.renew(id, record, async ({ tokens }) => ({
          ...tokens,
          accessToken: 'x'.repeat(1350),
        }))
        const all = await dump()
        assert.equal(
          secretsOf(renewed ?? assert.fail()).some(token => all.includes(token)),
          !sealTokens,
        )
        assert.ok(all.includes('keycloak.example') && !all.includes(id))
      })
    }
  })
})
