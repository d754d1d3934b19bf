import type { Store } from '../../../src/store/store.js'

export interface ModelStore extends Store {
  /** When each value ends, by key. */
  readonly values: ReadonlyMap<string, { value: string; end: number }>
  /** When each member of each set ends. */
  readonly sets: ReadonlyMap<string, ReadonlyMap<string, number>>
}

/**
 * A store that can be looked into. Every operation happens at once, when it is called.
 * @param shortens a wrong one: a member that is added again may get a shorter life
 */
export function modelStore(now: () => number, { shortens = false } = {}): ModelStore {
  const values = new Map<string, { value: string; end: number }>()
  const sets = new Map<string, Map<string, number>>()
  const isThere = (key: string) => (values.get(key)?.end ?? 0) > now()
  const write = (key: string, value: string, ttl: number) => void values.set(key, { value, end: now() + ttl })
  return {
    values,
    sets,
    async get(key) {
      return isThere(key) ? values.get(key)?.value : undefined
    },
    async set(key, value, ttl) {
      write(key, value, ttl)
    },
    async add(key, value, ttl) {
      if (isThere(key)) return false
      write(key, value, ttl)
      return true
    },
    async replace(key, value, ttl) {
      if (!isThere(key)) return false
      write(key, value, ttl)
      return true
    },
    async delete(key) {
      const wasThere = isThere(key)
      values.delete(key)
      return wasThere
    },
    async addMember(key, member, ttl) {
      const members = sets.get(key) ?? new Map<string, number>()
      const before = shortens ? 0 : (members.get(member) ?? 0)
      sets.set(key, members.set(member, Math.max(before, now() + ttl)))
    },
    async members(key) {
      return [...(sets.get(key) ?? [])].filter(([, end]) => end > now()).map(([member]) => member)
    },
    async removeMember(key, member) {
      sets.get(key)?.delete(member)
    },
  }
}
