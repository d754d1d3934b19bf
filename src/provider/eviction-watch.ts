import { tell } from '../events.js'
import type { Settings } from '../options.js'
import { type EvictionPolicy, evictionPolicy } from '../store/eviction.js'
import type { RedisLike } from '../store/redis-client.js'
import { redisOf } from '../store/redis-store.js'
import type { Store } from '../store/store.js'
import { withDeadline } from '../util/deadline.js'

/** So many times a Redis that answers everything else is asked for its policy. */
const MAX_ASKED = 3

/** Clients about which this process has warned: several providers may share one. */
const warned = new WeakSet<RedisLike>()

/**
 * Finds out whether the store is a Redis that throws keys away when its memory is full: asked beside the first use,
 * which does not wait for it. To be called when the store has answered. Where keys get lost, or where that is not to
 * be found out, there is one warning, and an event for each provider.
 */
export function evictionWatch({ name, storeTimeout }: Settings, store: Store): () => void {
  const client = redisOf(store)
  let left = client === undefined ? 0 : MAX_ASKED
  let isAsking = false
  const ask = async (redis: RedisLike) => {
    const policy = await withDeadline(evictionPolicy(redis), storeTimeout).catch(() => undefined)
    isAsking = false
    if (policy === undefined && left > 0) return
    left = 0
    report(name, redis, policy ?? 'unknown')
  }
  return () => {
    if (left === 0 || isAsking || client === undefined) return
    isAsking = true
    left--
    void ask(client)
  }
}

function report(name: string, client: RedisLike, policy: EvictionPolicy): void {
  if (policy === 'noeviction') return
  tell(name, 'store.evicting', () => ({ policy }))
  if (warned.has(client)) return
  warned.add(client)
  if (policy === 'unknown') process.emitWarning(UNKNOWN, { code: 'KOA_KEYCLOAK_EVICTION_UNKNOWN' })
  else process.emitWarning(evicting(policy), { code: 'KOA_KEYCLOAK_EVICTING_STORE' })
}

const UNKNOWN =
  'Redis does not say what it does when its memory is full: neither CONFIG GET nor INFO is allowed. Its maxmemory-policy has to be noeviction.'

function evicting(policy: EvictionPolicy): string {
  return `Redis throws keys away when its memory is full (maxmemory-policy: ${policy}): users are logged out, and a logout may not find all logins before they are renewed. Set it to noeviction.`
}
