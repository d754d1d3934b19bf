import type { Store } from './store.js'

/** What was written, and when its life ends, in seconds. */
interface Entry {
  value: string | Map<string, number>
  end: number
}

/** Seconds between two searches for what has expired. */
const SWEEP_INTERVAL = 30

/**
 * A store in this process' memory: for one process, for tests, for trying things out.
 *
 * It is bounded: beyond `maxEntries` (default 100,000) the entry that was written longest ago goes first.
 */
export function memoryStore(
  options: { maxEntries?: number; now?: () => number } = {},
): Store & { readonly size: number } {
  const { maxEntries = 100_000, now = () => Date.now() / 1000 } = options
  const entries = new Map<string, Entry>()
  let swept = now()

  function living(key: string): Entry | undefined {
    const entry = entries.get(key)
    if (entry && entry.end > now()) return entry
    entries.delete(key)
    return undefined
  }

  function write(key: string, entry: Entry): void {
    entries.delete(key) // a Map keeps the order of insertion: what is written last stands last
    entries.set(key, entry)
    if (now() - swept > SWEEP_INTERVAL || entries.size > maxEntries) sweep()
    for (const oldest of entries.keys()) {
      if (entries.size <= maxEntries) break
      entries.delete(oldest)
    }
  }

  function sweep(): void {
    swept = now()
    for (const [key, { end }] of entries) if (end <= swept) entries.delete(key)
  }

  function setOf(key: string): Map<string, number> {
    const value = living(key)?.value
    if (!(value instanceof Map)) return new Map()
    for (const [member, end] of value) if (end <= now()) value.delete(member)
    return value
  }

  return {
    get size() {
      sweep()
      return entries.size
    },
    async get(key) {
      const value = living(key)?.value
      return typeof value === 'string' ? value : undefined
    },
    async set(key, value, ttl) {
      write(key, { value, end: now() + ttl })
    },
    async add(key, value, ttl) {
      if (living(key)) return false
      write(key, { value, end: now() + ttl })
      return true
    },
    async replace(key, value, ttl) {
      if (!living(key)) return false
      write(key, { value, end: now() + ttl })
      return true
    },
    async delete(key) {
      const present = living(key) !== undefined
      entries.delete(key)
      return present
    },
    async addMember(key, member, ttl) {
      const members = setOf(key).set(member, now() + ttl)
      write(key, { value: members, end: Math.max(...members.values()) })
    },
    async members(key) {
      return [...setOf(key).keys()]
    },
    async removeMember(key, member) {
      const members = setOf(key)
      members.delete(member)
      if (members.size === 0) entries.delete(key)
    },
  }
}
