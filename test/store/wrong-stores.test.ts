import assert from 'node:assert/strict'
import { storeContract } from '../../src/store/contract.js'
import { memoryStore } from '../../src/store/memory-store.js'
import type { Store } from '../../src/store/store.js'
import { fakeClock } from '../support/clock.js'

/** A store that is right but for some operations, and what the contract is to say of it. */
interface WrongStore {
  make: (right: Store, now: () => number) => Partial<Store>
  fails: string
}

/** What somebody may well write who has GET and SET alone, or does not see why it matters. */
const wrongStores: Record<string, WrongStore> = {
  'whose add looks first and writes then': {
    make: right => ({
      async add(key, value, ttl) {
        if ((await right.get(key)) !== undefined) return false
        await right.set(key, value, ttl)
        return true
      },
    }),
    fails: 'lets one of many that add at once win, and keeps its value',
  },
  'whose add overwrites': {
    make: right => ({
      async add(key, value, ttl) {
        const added = await right.add(key, value, ttl)
        if (!added) await right.set(key, value, ttl)
        return added
      },
    }),
    fails: 'adds only what is absent',
  },
  'whose replace creates': {
    make: right => ({
      async replace(key, value, ttl) {
        await right.set(key, value, ttl)
        return true
      },
    }),
    fails: 'replaces only what is present',
  },
  'whose replace looks first and writes then': {
    make: right => ({
      async replace(key, value, ttl) {
        if ((await right.get(key)) === undefined) return false
        await right.set(key, value, ttl)
        return true
      },
    }),
    fails: 'never brings back by a replace what is deleted at the same time',
  },
  'whose replace keeps the old life': {
    make: (right, now) => {
      const ends = new Map<string, number>()
      return {
        async set(key, value, ttl) {
          ends.set(key, now() + ttl)
          await right.set(key, value, ttl)
        },
        replace: (key, value) => right.replace(key, value, (ends.get(key) ?? 0) - now()),
      }
    },
    fails: 'counts a life anew at every write',
  },
  'that keeps values for ever': {
    make: right => ({ set: (key, value) => right.set(key, value, 1e9) }),
    fails: 'forgets a value when its life is over',
  },
  'that keeps what was added for ever': {
    make: right => ({ add: (key, value) => right.add(key, value, 1e9) }),
    fails: 'forgets what was added or replaced, too',
  },
  'that counts lives in whole seconds': {
    make: right => ({ set: (key, value, ttl) => right.set(key, value, Math.ceil(ttl)) }),
    fails: 'forgets a value when its life is over',
  },
  'whose delete always says yes': {
    make: right => ({
      async delete(key) {
        await right.delete(key)
        return true
      },
    }),
    fails: 'tells whether it deleted something, and of many at once only one',
  },
  'whose delete looks first and deletes then': {
    make: right => ({
      async delete(key) {
        const wasThere = (await right.get(key)) !== undefined
        await right.delete(key)
        return wasThere
      },
    }),
    fails: 'tells whether it deleted something, and of many at once only one',
  },
  'whose sets have one life for all members': {
    make: right => ({
      async addMember(key, member, ttl) {
        const others = await right.members(key)
        for (const each of [...others, member]) await right.addMember(key, each, ttl)
      },
    }),
    fails: 'gives every member a life of its own, which never gets shorter',
  },
  'whose members get shorter lives': {
    make: right => ({
      async addMember(key, member, ttl) {
        await right.removeMember(key, member)
        await right.addMember(key, member, ttl)
      },
    }),
    fails: 'gives every member a life of its own, which never gets shorter',
  },
  'that keeps a set as a list in one value': {
    make: right => {
      const read = async (key: string): Promise<string[]> => JSON.parse((await right.get(key)) ?? '[]')
      return {
        members: read,
        async addMember(key, member, ttl) {
          const members = new Set(await read(key))
          await right.set(key, JSON.stringify([...members.add(member)]), ttl)
        },
        async removeMember(key, member) {
          const members = await read(key)
          await right.replace(key, JSON.stringify(members.filter(each => each !== member)), 60)
        },
      }
    },
    fails: 'loses no member when many come and go at once',
  },
  'whose removeMember drops the whole set': {
    make: right => ({
      async removeMember(key) {
        for (const member of await right.members(key)) await right.removeMember(key, member)
      },
    }),
    fails: 'keeps a set of members',
  },
  'that does not care for case': {
    make: right => ({
      get: key => right.get(key.toLowerCase()),
      set: (key, value, ttl) => right.set(key.toLowerCase(), value, ttl),
      delete: key => right.delete(key.toLowerCase()),
    }),
    fails: 'takes keys apart, however alike',
  },
}

describe('The contract finds a store', () => {
  for (const [name, { make, fails }] of Object.entries(wrongStores)) {
    it(name, async () => {
      const failed: string[] = []
      for (const { title, run } of storeContract) {
        const clock = fakeClock()
        const right = memoryStore({ now: clock.now })
        const wrong: Store = { ...right, ...make(right, clock.now) }
        await run(wrong, { pass: clock.advance }).catch(() => failed.push(title))
      }
      assert.ok(failed.includes(fails), `what failed: ${failed.join('; ') || 'nothing'}`)
    })
  }
})
