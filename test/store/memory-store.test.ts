import assert from 'node:assert/strict'
import { Logins } from '../../src/store/logins.js'
import { memoryStore } from '../../src/store/memory-store.js'
import { fakeClock } from '../support/clock.js'
import { loginRecord, tokens } from './login.js'

describe('memoryStore', () => {
  it('is bounded: what was written longest ago goes first', async () => {
    const store = memoryStore({ maxEntries: 3 })
    for (const key of ['a', 'b', 'c']) await store.set(key, key, 60)
    await store.replace('a', 'again', 60)
    await store.set('d', 'd', 60)
    assert.deepEqual(await Promise.all(['a', 'b', 'c', 'd'].map(key => store.get(key))), [
      'again',
      undefined,
      'c',
      'd',
    ])
    assert.equal(store.size, 3)
  })

  it('bounds the members of all sets together', async () => {
    const store = memoryStore({ maxEntries: 3 })
    await store.addMember('other', 'early', 60)
    for (let i = 0; i < 100; i++) await store.addMember('key', `${i}`, 60)
    assert.deepEqual(
      await store.members('key'),
      Array.from({ length: 9 }, (_, i) => `${91 + i}`),
    )
    assert.deepEqual(await store.members('other'), [])
  })

  it('holds a set of any size', async () => {
    const store = memoryStore()
    for (let i = 0; i < 150_000; i++) await store.addMember('key', `${i}`, 60)
    assert.equal((await store.members('key')).length, 150_000)
  })

  it('forgets what has expired, whether it is asked for or not', async () => {
    const clock = fakeClock()
    const store = memoryStore({ now: clock.now })
    await store.set('value', '1', 10)
    await store.addMember('set', 'short', 10)
    await store.addMember('set', 'long', 20)
    clock.advance(10)
    assert.equal(store.size, 1)
    assert.deepEqual(await store.members('set'), ['long'])
    clock.advance(10)
    assert.equal(store.size, 0)
  })

  it('lets a logout find every login that it still has, when it was full', async () => {
    const store = memoryStore({ maxEntries: 10 })
    const logins = new Logins(store, { space: 'space', now: () => Date.now() / 1000, lockTtl: 9 })
    const small = tokens({ accessToken: 'a', refreshToken: 'r', idToken: 'i' })
    const living: { id: string; sid: string; sub: string }[] = []
    for (let i = 0; i < 100; i++) {
      // One user logs in all the time, the others now and then.
      const [sid, sub] = [`session ${i}`, i % 5 ? 'eager' : `user ${i}`]
      living.push({ id: await logins.begin(loginRecord({ sid, sub, tokens: small })), sid, sub })
      for (const login of living) {
        if (!(await logins.read(login.id))) continue
        const listed = await logins.list(login.sub)
        assert.ok(
          listed.some(each => each.sid === login.sid),
          `${login.sid} is not in the index of ${login.sub}`,
        )
      }
    }
    const kept = await Promise.all(living.map(({ id }) => logins.read(id)))
    assert.equal(kept.filter(Boolean).length, 10)
    // Each leaves its mark: so many that there is no room for all, and none may take the place of an index.
    for (const { id, sid } of living) {
      await logins.endBySid(sid)
      assert.equal(await logins.read(id), undefined)
    }
  })
})
