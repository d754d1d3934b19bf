import { checkOptions } from '../check-options.js'
import { type Checks, callable, count, withDefault } from '../util/checks.js'
import type { Store } from './store.js'

interface Value {
  text: string
  end: number
  /** Which write it was, counted from the first. */
  written: number
}

interface Member {
  key: string
  name: string
  end: number
  written: number
}

/** Seconds between two searches for what has expired. */
const SWEEP_INTERVAL = 30

/** A login is one value and a member of two sets; what is left over of forgotten ones goes first. */
const MEMBERS_PER_VALUE = 3

export interface MemoryStoreOptions {
  /** How many values are kept; beyond, the one that was written longest ago goes first. Default 100000. */
  maxEntries?: number
  /** The time in seconds since the epoch; for tests. Default: the system's clock. */
  now?: () => number
}

const OPTIONS = {
  maxEntries: withDefault(count(1, 16_000_000), 100_000),
  now: withDefault(callable<() => number>(), () => Date.now() / 1000),
} satisfies Checks<MemoryStoreOptions>

/**
 * A store in this process' memory: for one process, for tests, for trying things out.
 *
 * It is bounded: beyond `maxEntries` values the one that was written longest ago goes first.
 * Members have a bound of their own, well above. When one goes, the values of its time go with it: no login is
 * kept that a logout could not find.
 *
 * Throws `invalid_options`.
 */
export function memoryStore(options: MemoryStoreOptions = {}): Store & { readonly size: number } {
  const { maxEntries, now } = checkOptions('memoryStore()', options, OPTIONS)
  const values = new Map<string, Value>() // a Map and a Set keep the order of insertion: what is written last
  const order = new Set<Member>() //         stands last
  const sets = new Map<string, Map<string, Member>>()
  let swept = now()
  let writes = 0

  function isLiving(key: string): boolean {
    const value = values.get(key)
    return value !== undefined && value.end > now()
  }

  function write(key: string, text: string, ttl: number): void {
    values.delete(key)
    values.set(key, { text, end: now() + ttl, written: ++writes })
    makeRoom()
  }

  function forget(member: Member): void {
    order.delete(member)
    const set = sets.get(member.key)
    set?.delete(member.name)
    if (set?.size === 0) sets.delete(member.key)
  }

  function makeRoom(): void {
    if (now() - swept > SWEEP_INTERVAL) sweep()
    for (const oldest of values.keys()) {
      if (values.size <= maxEntries) break
      values.delete(oldest)
    }
    for (const oldest of order) {
      if (order.size <= maxEntries * MEMBERS_PER_VALUE) break
      forget(oldest)
      forgetValuesUntil(oldest.written + maxEntries)
    }
  }

  function forgetValuesUntil(written: number): void {
    for (const [key, oldest] of values) {
      if (oldest.written > written) break
      values.delete(key)
    }
  }

  function sweep(): void {
    swept = now()
    for (const [key, { end }] of values) if (end <= swept) values.delete(key)
    for (const member of order) if (member.end <= swept) forget(member)
  }

  return {
    /** How many keys there are. */
    get size() {
      sweep()
      return values.size + sets.size
    },
    async get(key) {
      return isLiving(key) ? values.get(key)?.text : undefined
    },
    async set(key, value, ttl) {
      write(key, value, ttl)
    },
    async add(key, value, ttl) {
      if (isLiving(key)) return false
      write(key, value, ttl)
      return true
    },
    async replace(key, value, ttl) {
      if (!isLiving(key)) return false
      write(key, value, ttl)
      return true
    },
    async delete(key) {
      const wasLiving = isLiving(key)
      values.delete(key)
      return wasLiving
    },
    async addMember(key, name, ttl) {
      const set = sets.get(key) ?? new Map<string, Member>()
      const member = set.get(name) ?? { key, name, end: 0, written: 0 }
      member.end = Math.max(member.end, now() + ttl)
      member.written = ++writes
      order.delete(member)
      order.add(member)
      sets.set(key, set.set(name, member))
      makeRoom()
    },
    async members(key) {
      const living = [...(sets.get(key)?.values() ?? [])].filter(({ end }) => end > now())
      return living.map(({ name }) => name)
    },
    async removeMember(key, name) {
      const member = sets.get(key)?.get(name)
      if (member) forget(member)
    },
  }
}
