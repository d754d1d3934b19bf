import assert from 'node:assert/strict'
import { randomId } from '../util/random.js'
import type { Store } from './store.js'

/** One thing that every `Store` has to do. */
export interface StoreCheck {
  /** A sentence about behaviour, for a test's title. */
  readonly title: string
  /** Rejects when the store does otherwise. Uses keys of its own; none of them lives longer than a minute. */
  run(store: Store, time: StoreTime): Promise<void>
}

/** How time passes for the store: a fake clock is advanced, or so many seconds are waited for. */
export interface StoreTime {
  pass(seconds: number): Promise<void> | void
}

/** Lives in seconds, and how long to wait for their end. Nothing is asked of a life that may be over already. */
const SHORT = 0.05
const SHORT_PASS = 0.1
const MEDIUM = 0.4
const MEDIUM_PASS = 0.5
const LONG = 60

const MANY = Array.from({ length: 50 }, (_, i) => `${i}`)

type Run = (store: Store, key: string, time: StoreTime) => Promise<void>

const CHECKS: Record<string, Run> = {
  async 'gives back what was written, and nothing for what was not'(store, key) {
    assert.equal(await store.get(key), undefined)
    for (const value of ['one', '', '"ü" \u0000 😀', 'x'.repeat(100_000)]) {
      await store.set(key, value, LONG)
      assert.equal(await store.get(key), value)
    }
  },

  async 'forgets a value when its life is over'(store, key, time) {
    const other = `${key}:other`
    await store.set(key, 'short', SHORT)
    await store.set(other, 'long', LONG)
    await time.pass(SHORT_PASS)
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.get(other), 'long')
    assert.equal(await store.replace(key, 'back', LONG), false, 'replace found what was over')
    assert.equal(await store.delete(key), false, 'delete found what was over')
    assert.equal(await store.add(key, 'new', LONG), true, 'add was held up by what was over')
  },

  async 'counts a life anew at every write'(store, key, time) {
    const [set, replaced, shortened] = [`${key}:set`, `${key}:replaced`, `${key}:shortened`]
    await Promise.all([set, replaced].map(each => store.set(each, '1', MEDIUM)))
    await store.set(set, '2', LONG)
    assert.equal(await store.replace(replaced, '2', LONG), true)
    await store.set(shortened, '1', LONG)
    await store.replace(shortened, '2', SHORT)
    await time.pass(MEDIUM_PASS)
    assert.equal(await store.get(set), '2')
    assert.equal(await store.get(replaced), '2')
    assert.equal(await store.get(shortened), undefined)
  },

  async 'forgets what was added or replaced, too'(store, key, time) {
    const replaced = `${key}:replaced`
    await store.add(key, '1', SHORT)
    await store.set(replaced, '1', LONG)
    await store.replace(replaced, '2', SHORT)
    await time.pass(SHORT_PASS)
    assert.equal(await store.get(key), undefined)
    assert.equal(await store.get(replaced), undefined)
  },

  async 'adds only what is absent'(store, key) {
    assert.equal(await store.add(key, 'first', LONG), true)
    assert.equal(await store.add(key, 'second', LONG), false)
    assert.equal(await store.get(key), 'first')
    await store.delete(key)
    assert.equal(await store.add(key, 'third', LONG), true)
  },

  async 'lets one of many that add at once win, and keeps its value'(store, key) {
    const won = await Promise.all(MANY.map(value => store.add(key, value, LONG)))
    assert.deepEqual(
      MANY.filter((_, i) => won[i]),
      [await store.get(key)],
    )
  },

  async 'replaces only what is present'(store, key) {
    assert.equal(await store.replace(key, 'created', LONG), false)
    assert.equal(await store.get(key), undefined)
    await store.set(key, 'old', LONG)
    assert.equal(await store.replace(key, 'new', LONG), true)
    assert.equal(await store.get(key), 'new')
  },

  async 'never brings back by a replace what is deleted at the same time'(store, key) {
    const keys = MANY.map(each => `${key}:${each}`)
    await Promise.all(keys.map(each => store.set(each, 'old', LONG)))
    await Promise.all(
      keys.flatMap((each, i) => {
        const replace = () => store.replace(each, 'new', LONG)
        const remove = () => store.delete(each)
        return i % 2 ? [replace(), remove()] : [remove(), replace()]
      }),
    )
    assert.deepEqual(
      await Promise.all(keys.map(each => store.get(each))),
      keys.map(() => undefined),
    )
  },

  async 'tells whether it deleted something, and of many at once only one'(store, key) {
    assert.equal(await store.delete(key), false)
    await store.set(key, '1', LONG)
    const deleted = await Promise.all(MANY.map(() => store.delete(key)))
    assert.equal(deleted.filter(Boolean).length, 1)
    assert.equal(await store.get(key), undefined)
  },

  async 'keeps a set of members'(store, key) {
    assert.deepEqual(await store.members(key), [])
    await store.removeMember(key, 'a')
    for (const member of ['a', 'b', 'a', 'ü 😀']) await store.addMember(key, member, LONG)
    assert.deepEqual((await store.members(key)).sort(), ['a', 'b', 'ü 😀'])
    await store.removeMember(key, 'a')
    await store.removeMember(key, 'c')
    assert.deepEqual((await store.members(key)).sort(), ['b', 'ü 😀'])
    await store.removeMember(key, 'b')
    await store.removeMember(key, 'ü 😀')
    assert.deepEqual(await store.members(key), [])
  },

  async 'loses no member when many come and go at once'(store, key) {
    await Promise.all(MANY.map(member => store.addMember(key, member, LONG)))
    assert.deepEqual((await store.members(key)).sort(), [...MANY].sort())
    const even = MANY.filter(member => Number(member) % 2 === 0)
    await Promise.all(even.flatMap(m => [store.removeMember(key, m), store.addMember(key, `new ${m}`, LONG)]))
    const left = MANY.filter(member => !even.includes(member))
    assert.deepEqual((await store.members(key)).sort(), [...left, ...even.map(m => `new ${m}`)].sort())
  },

  async 'gives every member a life of its own, which never gets shorter'(store, key, time) {
    await store.addMember(key, 'long', LONG)
    await store.addMember(key, 'not shortened', LONG)
    await store.addMember(key, 'prolonged', MEDIUM)
    await store.addMember(key, 'short', SHORT)
    await store.addMember(key, 'not shortened', SHORT)
    await store.addMember(key, 'prolonged', LONG)
    await time.pass(MEDIUM_PASS)
    assert.deepEqual((await store.members(key)).sort(), ['long', 'not shortened', 'prolonged'])
    await store.addMember(key, 'short', LONG)
    assert.deepEqual((await store.members(key)).sort(), ['long', 'not shortened', 'prolonged', 'short'])
  },

  async 'forgets a set when its last member is over'(store, key, time) {
    await store.addMember(key, 'a', SHORT)
    await time.pass(SHORT_PASS)
    assert.deepEqual(await store.members(key), [])
  },

  async 'takes keys apart, however alike'(store, key) {
    const keys = [key, `${key}:`, `${key}*`, key.toUpperCase()]
    await Promise.all(keys.map(each => store.set(each, each, LONG)))
    await store.delete(`${key}*`)
    assert.deepEqual(await Promise.all(keys.map(each => store.get(each))), [
      keys[0],
      keys[1],
      undefined,
      keys[3],
    ])
  },
}

/**
 * What a `Store` has to do, as checks for any test runner:
 *
 * ```ts
 * for (const { title, run } of storeContract) it(title, () => run(store, { pass: seconds => delay(seconds * 1000) }))
 * ```
 */
export const storeContract: readonly StoreCheck[] = Object.entries(CHECKS).map(([title, run]) => ({
  title,
  run: (store, time) => run(store, `koa-keycloak:contract:${randomId()}`, time),
}))
