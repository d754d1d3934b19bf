import assert from 'node:assert/strict'
import { deferred } from '../../example/support/deferred.js'
import { ProviderError, StoreError } from '../../src/errors.js'
import type { LoginRecord } from '../../src/store/login-record.js'
import { Logins } from '../../src/store/logins.js'
import { memoryStore } from '../../src/store/memory-store.js'
import { RefreshRejectedError } from '../../src/store/renewals.js'
import type { Store } from '../../src/store/store.js'
import type { TokenSet } from '../../src/token.js'
import { fakeClock } from '../support/clock.js'
import { loginRecord, tokens } from './login.js'

const LOCK_TTL = 9

/** Several processes over one store, and a login. A pause of theirs lets the time pass. */
async function setUp() {
  const clock = fakeClock()
  const memory = memoryStore({ now: clock.now })
  const pauses: number[] = []
  const process = (store: Store = memory) =>
    new Logins(store, {
      space: 'space',
      now: clock.now,
      lockTtl: LOCK_TTL,
      async pause(seconds) {
        pauses.push(seconds)
        clock.advance(seconds)
        await new Promise(setImmediate)
      },
    })
  const record = loginRecord({}, clock.now())
  const id = await process().begin(record)
  const refreshed: string[] = []
  /** A provider that answers at once. */
  const refresh = async ({ tokens: old }: LoginRecord): Promise<TokenSet> => {
    refreshed.push(String(old.refreshToken))
    return tokens({ receivedAt: clock.now() })
  }
  return { clock, memory, pauses, process, record, id, refresh, refreshed }
}

describe('A renewal', () => {
  it('that shortens the life and is not written leaves a login that a logout finds', async () => {
    const { clock, memory, process, record, id } = await setUp()
    const flaky: Store = {
      ...memory,
      replace: async () => {
        throw new StoreError('store_unavailable')
      },
    }
    const short = async () => tokens({ receivedAt: clock.now(), refreshExpiresIn: 20 })
    await assert.rejects(process(flaky).renew(id, record, short))
    clock.advance(500)
    assert.ok(await process().read(id))
    assert.equal(await process().endBySid('session'), 1)
    assert.equal(await process().read(id), undefined)
  })

  for (const [what, end] of Object.entries({
    session: (logins: Logins) => logins.endBySid('session'),
    user: (logins: Logins) => logins.endBySub('user'),
  })) {
    it(`ends a login whose place in the index the store threw away before the logout of its ${what}`, async () => {
      const { clock, memory, process, record, id, refresh, refreshed } = await setUp()
      const evicting: Store = {
        ...memory,
        members: key => memory.members(/:ended-/.test(key) ? key : 'none'),
      }
      clock.advance(1)
      assert.equal(await end(process(evicting)), 0)
      assert.equal(await process().renew(id, record, refresh), undefined)
      assert.equal(await process().read(id), undefined)
      assert.deepEqual(refreshed, [], 'the provider is not asked')
    })
  }

  it('is shared by all requests of one process', async () => {
    const { process, record, id, refresh, refreshed } = await setUp()
    const here = process()
    const all = await Promise.all(Array.from({ length: 50 }, () => here.renew(id, record, refresh)))
    assert.equal(refreshed.length, 1)
    assert.equal(new Set(all).size, 1)
    assert.deepEqual(await here.read(id), all[0])
    assert.equal(all[0]?.renewals, 1)
  })

  it('is waited for by other processes, which get what it brought', async () => {
    const { process, record, id, refresh, refreshed, pauses } = await setUp()
    const answer = deferred<TokenSet>()
    const slow = process().renew(id, record, () => answer.promise)
    const waiting = [process(), process()].map(each => each.renew(id, record, refresh))
    await new Promise(setImmediate)
    const renewed = tokens()
    answer.resolve(renewed)
    for (const each of [slow, ...waiting]) assert.deepEqual((await each)?.tokens, renewed)
    assert.deepEqual(refreshed, [])
    assert.ok(pauses.length > 0)
  })

  it('of a process that died holds the others up until its lock is over, and no longer', async () => {
    const { clock, process, record, id, refresh, refreshed } = await setUp()
    const start = clock.now()
    process().renew(id, record, () => new Promise(() => undefined))
    await new Promise(setImmediate)
    const renewed = await process().renew(id, record, refresh)
    assert.equal(renewed?.renewals, 1)
    assert.deepEqual(refreshed, [record.tokens.refreshToken])
    const waited = clock.now() - start
    assert.ok(waited >= LOCK_TTL && waited < LOCK_TTL + 0.2, `waited ${waited} s`)
  })

  it('that nobody finishes is given up, and ends nothing', async () => {
    const { memory, process, record, id, refresh } = await setUp()
    const held: Store = { ...memory, add: async () => false }
    await assert.rejects(
      process(held).renew(id, record, refresh),
      (error: StoreError) => error.code === 'store_unavailable' && error instanceof StoreError,
    )
    assert.deepEqual(await process().read(id), record)
  })

  it('that fails for now leaves the login as it is, and lets the next one try at once', async () => {
    const { process, record, id, refresh, pauses } = await setUp()
    const failing = async () => {
      throw new ProviderError('provider_unavailable')
    }
    await assert.rejects(process().renew(id, record, failing), ProviderError)
    assert.deepEqual(await process().read(id), record)
    assert.equal((await process().renew(id, record, refresh))?.renewals, 1)
    assert.deepEqual(pauses, [])
  })

  it('that fails because the provider is away has failed for all who waited for it', async () => {
    const { process, record, id, refresh, refreshed } = await setUp()
    const answer = deferred<TokenSet>()
    const isAway = (error: ProviderError) => error.code === 'provider_unavailable'
    const first = assert.rejects(
      process().renew(id, record, () => answer.promise),
      isAway,
    )
    await new Promise(setImmediate)
    const waiting = [process(), process()].map(each =>
      assert.rejects(each.renew(id, record, refresh), isAway),
    )
    await new Promise(setImmediate)
    answer.reject(new ProviderError('provider_unavailable'))
    await Promise.all([first, ...waiting])
    assert.deepEqual(refreshed, [])
    assert.equal((await process().renew(id, record, refresh))?.renewals, 1)
  })

  it('that fails for a reason of its own login is tried again by who waited for it', async () => {
    const { process, record, id, refresh } = await setUp()
    const answer = deferred<TokenSet>()
    const first = assert.rejects(process().renew(id, record, () => answer.promise))
    await new Promise(setImmediate)
    const waiting = process().renew(id, record, refresh)
    await new Promise(setImmediate)
    answer.reject(new ProviderError('id_token_invalid'))
    await first
    assert.equal((await waiting)?.renewals, 1)
  })

  it('that the provider refuses ends the login', async () => {
    const { memory, process, record, id } = await setUp()
    const refuse = async () => {
      throw new RefreshRejectedError('invalid_grant')
    }
    assert.equal(await process().renew(id, record, refuse), undefined)
    assert.equal(await process().read(id), undefined)
    assert.deepEqual(await process().list(record.sub), [])
    assert.equal(memory.size, 2, 'the mark that ends its access tokens, and that it was young')
  })

  it('that the provider refuses because another process was faster takes what that one got', async () => {
    const { clock, process, record, id, refresh } = await setUp()
    const answer = deferred<TokenSet>()
    const slow = process().renew(id, record, () => answer.promise)
    await new Promise(setImmediate)
    clock.advance(LOCK_TTL + 1)
    const faster = await process().renew(id, record, refresh)
    answer.reject(new RefreshRejectedError('invalid_grant'))
    assert.deepEqual(await slow, faster)
    assert.deepEqual(await process().read(id), faster)
  })

  it('of a login that is ended meanwhile brings nothing back', async () => {
    const { memory, process, record, id } = await setUp()
    const answer = deferred<TokenSet>()
    const renewal = process().renew(id, record, () => answer.promise)
    await new Promise(setImmediate)
    assert.equal(await process().end(id), true)
    answer.resolve(tokens())
    assert.equal(await renewal, undefined)
    assert.equal(await process().read(id), undefined)
    assert.equal(memory.size, 1, 'the mark that ends its access tokens')
  })

  it('that somebody asks for with an old state gives the present one', async () => {
    const { process, record, id, refresh, refreshed } = await setUp()
    const renewed = await process().renew(id, record, refresh)
    assert.deepEqual(await process().renew(id, record, refresh), renewed)
    assert.equal(refreshed.length, 1)
  })

  it('gives its lock back without touching that of the next renewal', async () => {
    const { clock, memory, process, record, id, refresh, refreshed } = await setUp()
    const late: (() => Promise<boolean>)[] = []
    /** A delete that was sent in time, and is executed when the server goes on. */
    const stalled: Store = { ...memory, delete: async key => late.push(() => memory.delete(key)) > 0 }
    const first = await process(stalled).renew(id, record, refresh)
    assert.ok(first)
    clock.advance(LOCK_TTL + 1)
    const answer = deferred<TokenSet>()
    const second = process().renew(id, first, () => answer.promise)
    await new Promise(setImmediate)
    assert.ok(late.length > 0)
    for (const execute of late) await execute()
    const third = process().renew(id, first, refresh)
    await new Promise(setImmediate)
    answer.resolve(tokens())
    assert.deepEqual(await third, await second)
    assert.equal(refreshed.length, 1, 'the second renewal lost its lock')
  })

  it('that took longer than its lock lives does not give back what may be the lock of another', async () => {
    const { clock, memory, record, id, refresh } = await setUp()
    const deleted: string[] = []
    const store: Store = { ...memory, delete: key => memory.delete(key).finally(() => deleted.push(key)) }
    const logins = (lockTtl: number) => new Logins(store, { space: 'space', now: clock.now, lockTtl })
    const first = await logins(1e-9).renew(id, record, refresh)
    assert.ok(first)
    assert.deepEqual(deleted, [])
    assert.ok(await logins(LOCK_TTL).renew(id, first, refresh))
    assert.equal(deleted.length, 1)
  })
})

describe('A renewal whose tokens can not be written', () => {
  for (const operation of ['addMember', 'replace'] as const) {
    it(`(${operation} fails) is written by the next request, without asking the provider again`, async () => {
      const { memory, process, record, id, refresh, refreshed, pauses } = await setUp()
      let isDown = true
      const store: Store = {
        ...memory,
        async [operation](key: string, value: string, ttl: number) {
          if (isDown) throw new StoreError('store_unavailable')
          return memory[operation](key, value, ttl) as never
        },
      }
      const here = process(store)
      await assert.rejects(here.renew(id, record, refresh), StoreError)
      assert.deepEqual(await here.read(id), record)
      isDown = false
      const renewed = await here.renew(id, record, refresh)
      assert.equal(renewed?.renewals, 1)
      assert.deepEqual(await here.read(id), renewed)
      assert.deepEqual(refreshed, [record.tokens.refreshToken])
      assert.deepEqual(pauses, [])
    })
  }

  it('makes other processes wait, who have only the used-up ones', async () => {
    const { memory, process, record, id, refresh, refreshed } = await setUp()
    let isDown = true
    const store: Store = {
      ...memory,
      async replace(...args) {
        if (isDown) throw new StoreError('store_unavailable')
        return memory.replace(...args)
      },
    }
    const here = process(store)
    await assert.rejects(here.renew(id, record, refresh), StoreError)
    const other = process().renew(id, record, refresh)
    await new Promise(setImmediate)
    isDown = false
    const renewed = await here.renew(id, record, refresh)
    assert.deepEqual(await other, renewed)
    assert.equal(refreshed.length, 1)
  })

  it('does not come back when the login was ended meanwhile', async () => {
    const { memory, process, record, id, refresh } = await setUp()
    let isDown = true
    const store: Store = {
      ...memory,
      async replace(...args) {
        if (isDown) throw new StoreError('store_unavailable')
        return memory.replace(...args)
      },
    }
    const here = process(store)
    await assert.rejects(here.renew(id, record, refresh), StoreError)
    isDown = false
    assert.equal(await process().endBySub(record.sub), 1)
    assert.equal(await here.renew(id, record, refresh), undefined)
    assert.equal(await here.read(id), undefined)
  })
})
