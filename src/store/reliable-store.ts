import { StoreError } from '../errors.js'
import { withDeadline } from '../util/deadline.js'
import type { Store } from './store.js'

/** The same store, but no call hangs, and every failure is a `store_unavailable`. */
export function reliableStore(store: Store, timeout: number): Store {
  const guard = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await withDeadline(call(), timeout)
    } catch (cause) {
      throw new StoreError('store_unavailable', { cause, retryAfter: 1 })
    }
  }
  return {
    get: key => guard(() => store.get(key)),
    set: (key, value, ttl) => guard(() => store.set(key, value, ttl)),
    add: (key, value, ttl) => guard(() => store.add(key, value, ttl)),
    replace: (key, value, ttl) => guard(() => store.replace(key, value, ttl)),
    delete: key => guard(() => store.delete(key)),
    addMember: (key, member, ttl) => guard(() => store.addMember(key, member, ttl)),
    members: key => guard(() => store.members(key)),
    removeMember: (key, member) => guard(() => store.removeMember(key, member)),
  }
}
