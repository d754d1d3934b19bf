import { StoreError } from '../errors.js'
import { withDeadline } from '../util/deadline.js'
import type { UpOrDown } from '../util/up-or-down.js'
import type { Store } from './store.js'

/** What goes on around a call to the store. */
export interface StoreWatch {
  /** Learns whether the store answers. */
  health: UpOrDown
  /** Makes the call of this operation. */
  call: <T>(operation: keyof Store, call: () => Promise<T>) => Promise<T>
  /** Learns of each answer. */
  onAnswer: () => void
}

/** The same store, but no call hangs, and every failure is a `store_unavailable`. */
export function reliableStore(store: Store, timeout: number, watch: StoreWatch): Store {
  const { health, call, onAnswer } = watch
  const guard = async <T>(operation: keyof Store, run: () => Promise<T>): Promise<T> => {
    try {
      const result = await withDeadline(call(operation, run), timeout)
      health.saw('up')
      onAnswer()
      return result
    } catch (cause) {
      health.saw('down')
      throw new StoreError('store_unavailable', { cause, retryAfter: 1 })
    }
  }
  return {
    get: key => guard('get', () => store.get(key)),
    set: (key, value, ttl) => guard('set', () => store.set(key, value, ttl)),
    add: (key, value, ttl) => guard('add', () => store.add(key, value, ttl)),
    replace: (key, value, ttl) => guard('replace', () => store.replace(key, value, ttl)),
    delete: key => guard('delete', () => store.delete(key)),
    addMember: (key, member, ttl) => guard('addMember', () => store.addMember(key, member, ttl)),
    members: key => guard('members', () => store.members(key)),
    removeMember: (key, member) => guard('removeMember', () => store.removeMember(key, member)),
  }
}
