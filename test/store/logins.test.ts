import assert from 'node:assert/strict'
import { LoginError } from '../../src/errors.js'
import { parseRecord, readRecord, writeRecord } from '../../src/store/login-record.js'
import { Logins } from '../../src/store/logins.js'
import { memoryStore } from '../../src/store/memory-store.js'
import { fakeClock } from '../support/clock.js'
import { loginRecord, tokens } from './login.js'

function setUp() {
  const clock = fakeClock(1_800_000_000)
  const store = memoryStore({ now: clock.now })
  const process = (ahead = 0, space = 'space') =>
    new Logins(store, { space, now: () => clock.now() + ahead, lockTtl: 9, clockTolerance: 10 })
  return { clock, store, process, logins: process(), now: clock.now() }
}

const isEnded = (error: unknown) => error instanceof LoginError && error.code === 'login_ended'

describe('Logins', () => {
  it('leave nothing but the mark that ends their access tokens when they are ended', async () => {
    const { store, logins, now } = setUp()
    const id = await logins.begin(loginRecord({}, now))
    assert.equal(store.size, 3)
    assert.equal(await logins.end(id), true)
    assert.equal(await logins.end(id), false)
    assert.equal(store.size, 1)
  })

  it('are gone without a trace when their time is over', async () => {
    const { clock, store, logins, now } = setUp()
    const id = await logins.begin(loginRecord({ tokens: tokens({ receivedAt: now }) }, now))
    await logins.endBySid('other')
    clock.advance(1799)
    assert.ok(await logins.read(id))
    clock.advance(2)
    assert.equal(await logins.read(id), undefined)
    clock.advance(60)
    assert.equal(store.size, 1, 'the logout is remembered')
    clock.advance(1800)
    assert.equal(store.size, 0)
  })

  it('do not outlive their cap, however long their refresh token lives', async () => {
    const { clock, logins, now } = setUp()
    const { refreshExpiresIn: _, ...endless } = tokens({ receivedAt: now })
    const id = await logins.begin(loginRecord({ tokens: endless, endsAt: now + 36_000 }, now))
    clock.advance(35_999)
    assert.ok(await logins.read(id))
    clock.advance(1)
    assert.equal(await logins.read(id), undefined)
  })

  it('are listed without a token, under an id that ends them and lets nobody in', async () => {
    const { logins, now } = setUp()
    const id = await logins.begin(loginRecord({}, now))
    await logins.begin(loginRecord({ sub: 'other' }, now))
    const [listed, ...others] = await logins.list('user')
    assert.ok(listed)
    assert.deepEqual(others, [])
    const { id: hash, ...rest } = listed
    assert.deepEqual(rest, {
      sub: 'user',
      sid: 'session',
      startedAt: now,
      renewedAt: now,
      endsAt: now + 36_000,
    })
    assert.equal(await logins.read(hash), undefined)
    assert.equal(await logins.endByHash(hash), true)
    assert.equal(await logins.read(id), undefined)
  })

  it('of one application are nothing to another that shares the store', async () => {
    const { process, now } = setUp()
    const [here, there] = [process(0, 'here'), process(0, 'there')]
    const id = await here.begin(loginRecord({}, now))
    assert.equal(await there.read(id), undefined)
    assert.equal(await there.endBySid('session'), 0)
    assert.equal(await there.endBySub('user'), 0)
    assert.ok(await here.read(id))
  })

  it('do not begin with tokens that are older than what is remembered of logouts', async () => {
    const { clock, logins, now } = setUp()
    clock.advance(1801)
    const { refreshExpiresIn: _, ...endless } = tokens({ receivedAt: now })
    await assert.rejects(logins.begin(loginRecord({ tokens: endless }, now)), isEnded)
  })

  it('are all found, however many a user has', async () => {
    const { store, logins, now } = setUp()
    const small = tokens({ receivedAt: now, accessToken: 'a', refreshToken: 'r', idToken: 'i' })
    for (let i = 0; i < 250; i++) await logins.begin(loginRecord({ sid: `${i}`, tokens: small }, now))
    assert.equal((await logins.list('user')).length, 250)
    assert.equal(await logins.endBySub('user'), 250)
    assert.equal(store.size, 251, 'that the user and each of the sessions is ended')
  })

  for (const [what, max, sidOf, sessions] of [
    ['session', 100, () => 'session', 1],
    ['user', 1000, (i: number) => `${i}`, 1000],
    ['user that names no session', 1000, () => undefined, 1],
  ] as const) {
    it(`of one ${what} are ${max} at most: the oldest ends, and all the others are found`, async () => {
      const { clock, store, logins, now } = setUp()
      const small = tokens({ receivedAt: now, accessToken: 'a', refreshToken: 'r', idToken: 'i' })
      const begin = (i: number) => {
        clock.advance(0.1)
        const { sid: _, ...record } = loginRecord({ tokens: small }, clock.now())
        const sid = sidOf(i)
        return logins.begin({ ...record, ...(sid !== undefined && { sid }) })
      }
      const stranger = await logins.begin(loginRecord({ sub: 'other', sid: 'other' }, now))
      const ids: string[] = []
      for (let i = 0; i < max; i++) ids.push(await begin(i))
      assert.ok(await logins.read(ids[0] ?? ''), 'up to the bound every login stays')
      await begin(max)
      await begin(max + 1)
      const living = await Promise.all(ids.slice(0, 3).map(id => logins.read(id)))
      assert.deepEqual(living.map(Boolean), [false, false, true])
      assert.equal((await logins.list('user')).length, max)
      assert.equal(await logins.endBySub('user'), max)
      assert.ok(await logins.read(stranger))
      assert.equal(store.size, 4 + sessions, 'the stranger`s, and what is remembered')
    })
  }

  it('of one session that begin at once are bounded, too', async () => {
    const { logins, now } = setUp()
    await Promise.all(Array.from({ length: 130 }, () => logins.begin(loginRecord({}, now))))
    assert.equal((await logins.list('user')).length, 100)
  })
})

describe('A logout by the provider', () => {
  it('of a user leaves a login that is younger, and refuses one that is not', async () => {
    const { logins, now } = setUp()
    const id = await logins.begin(loginRecord({ issuedAt: 111 }, now))
    assert.equal(await logins.endBySub('user', 100), 0)
    assert.ok(await logins.read(id))
    assert.ok(await logins.begin(loginRecord({ issuedAt: 101 }, now)))
    await assert.rejects(logins.begin(loginRecord({ issuedAt: 100 }, now)), isEnded)
  })

  it('of a user counts with the clocks of several servers for the logins that are there', async () => {
    const { logins, now } = setUp()
    const id = await logins.begin(loginRecord({ issuedAt: 105 }, now)) // by a server that is 8 seconds ahead
    assert.equal(await logins.endBySub('user', 100), 1)
    assert.equal(await logins.read(id), undefined)
    assert.ok(await logins.begin(loginRecord({ issuedAt: 105 }, now)), 'the user may log in again at once')
  })

  it('of a user`s logins without a session ends those, there or under way, and no others', async () => {
    const { store, logins, now } = setUp()
    const { sid: _, ...without } = loginRecord({ issuedAt: 100 }, now)
    const ids = [
      await logins.begin(without),
      await logins.begin(loginRecord({ issuedAt: 100 }, now)),
    ] as const
    assert.equal(await logins.endBySubAlone('user', 100), 1)
    assert.equal(await logins.read(ids[0]), undefined)
    assert.ok(await logins.read(ids[1]))
    await assert.rejects(logins.begin(without), isEnded)
    assert.ok(await logins.begin({ ...without, issuedAt: 101 }))
    await logins.endBySub('user')
    assert.equal(
      store.size,
      4,
      'nothing is left but what is remembered: three marks, and a login that was young',
    )
  })

  it('of a session counts with the clocks of several servers', async () => {
    const { logins, now } = setUp()
    const id = await logins.begin(loginRecord({ issuedAt: 110 }, now))
    assert.equal(await logins.endBySid('session', 100), 1)
    assert.equal(await logins.read(id), undefined)
    await assert.rejects(logins.begin(loginRecord({ issuedAt: 110 }, now)), isEnded)
  })

  it('of a session that goes on, as when a consent is withdrawn, keeps nobody out for long', async () => {
    const { logins, now } = setUp()
    await logins.endBySid('session', 100)
    const id = await logins.begin(loginRecord({ issuedAt: 111 }, now))
    assert.equal(await logins.endBySid('session', 100), 0, 'the same logout token again')
    assert.ok(await logins.read(id))
  })

  it('is remembered whichever comes first, an older or a younger one', async () => {
    const { logins, now } = setUp()
    await logins.endBySub('user', 200)
    await logins.endBySub('user', 100)
    await assert.rejects(logins.begin(loginRecord({ issuedAt: 150 }, now)), isEnded)
  })
})

describe('A logout by the application', () => {
  for (const [what, endAll] of Object.entries({
    user: (logins: Logins) => logins.endBySub('user'),
    session: (logins: Logins) => logins.endBySid('session'),
  })) {
    it(`of a ${what} ends every login there is, whatever the provider's clock says`, async () => {
      const { logins, now } = setUp()
      const id = await logins.begin(loginRecord({ issuedAt: Math.floor(now) + 9 }, now))
      assert.equal(await endAll(logins), 1)
      assert.equal(await logins.read(id), undefined)
    })

    it(`of a ${what} ends a login that had begun, whatever the provider's clock says`, async () => {
      const { clock, logins, now } = setUp()
      const underWay = loginRecord({ issuedAt: Math.floor(now) + 9 }, now)
      clock.advance(0.01)
      await endAll(logins)
      await assert.rejects(logins.begin(underWay), isEnded)
    })

    it(`of a ${what} lets the same user in again at once`, async () => {
      const { clock, logins } = setUp()
      await endAll(logins)
      clock.advance(0.01)
      assert.ok(await logins.begin(loginRecord({}, clock.now())))
    })
  }
})

describe('Processes whose clocks differ', () => {
  for (const [how, end] of Object.entries({
    'its id': (logins: Logins, id: string) => logins.end(id),
    'its session': (logins: Logins) => logins.endBySid('session'),
    'its user': (logins: Logins) => logins.endBySub('user'),
  })) {
    it(`end a login by ${how} also when only for them it is over already`, async () => {
      const { clock, process, now } = setUp()
      const [here, ahead] = [process(), process(5)]
      const id = await here.begin(loginRecord({}, now))
      clock.advance(1797)
      assert.equal(await ahead.read(id), undefined)
      await end(ahead, id)
      assert.equal(await here.read(id), undefined)
    })
  }
})

describe('A login record', () => {
  it('is read as it was written', () => {
    const { sessionState: _, refreshExpiresIn: __, refreshToken: ___, ...few } = tokens()
    const { sid: ____, ...withoutSession } = loginRecord({ tokens: few })
    for (const record of [loginRecord({ renewals: 3 }), withoutSession]) {
      assert.deepEqual(parseRecord(writeRecord(record)), record)
      assert.deepEqual(readRecord(writeRecord(record), record.startedAt), record)
    }
  })

  it('is none when it is something else, or over', () => {
    for (const value of [
      undefined,
      '',
      '{',
      'null',
      '1',
      '"a"',
      '[]',
      '{}',
      '[[],[]]',
      '[null,null]',
      '[1,2]',
    ]) {
      assert.equal(parseRecord(value), undefined, value)
    }
    const record = loginRecord()
    assert.equal(readRecord(writeRecord(record), record.endsAt), undefined)
  })
})
