import { checkArgument } from '../check-options.js'
import type { Check } from '../util/checks.js'
import { isRedisLike, type RedisLike, redisCommands } from './redis-client.js'
import type { Store } from './store.js'

/**
 * A set whose members have lives of their own: a sorted set, scored by the end of life in milliseconds of the
 * server's clock. A member's life never gets shorter. What has expired goes at the next addition, and the whole key
 * with its last member.
 */
const ADD_MEMBER = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local before = tonumber(redis.call('ZSCORE', KEYS[1], ARGV[1]) or 0)
redis.call('ZADD', KEYS[1], math.max(before, now + ARGV[2]), ARGV[1])
local last = redis.call('ZRANGE', KEYS[1], -1, -1, 'WITHSCORES')
redis.call('PEXPIREAT', KEYS[1], last[2])
return 1`

const MEMBERS = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now, '+inf')`

const CLIENT: Check<RedisLike> = {
  expected: 'a koa-redis store, an ioredis client or a node-redis client',
  accepts: (v): v is RedisLike => isRedisLike(v),
  given: v => (typeof v === 'string' ? 'a string: a client is meant, not its address' : undefined),
}

/** A store in Redis or Valkey (5 or later), alone, behind Sentinel or in a Cluster. Throws `invalid_options`. */
export function redisStore(client: RedisLike): Store {
  checkArgument('redisStore()', 'the client', client, CLIENT)
  const redis = redisCommands(client)
  const store: Store = {
    async get(key) {
      return (await redis.get(key)) ?? undefined
    },
    async set(key, value, ttl) {
      await redis.set(key, value, milliseconds(ttl))
    },
    async add(key, value, ttl) {
      return (await redis.set(key, value, milliseconds(ttl), 'NX')) !== null
    },
    async replace(key, value, ttl) {
      return (await redis.set(key, value, milliseconds(ttl), 'XX')) !== null
    },
    async delete(key) {
      return (await redis.del(key)) > 0
    },
    async addMember(key, member, ttl) {
      await redis.eval(ADD_MEMBER, key, member, String(milliseconds(ttl)))
    },
    async members(key) {
      return (await redis.eval(MEMBERS, key)) as string[]
    },
    async removeMember(key, member) {
      await redis.zrem(key, member)
    },
  }
  clients.set(store, client)
  return store
}

const clients = new WeakMap<Store, RedisLike>()

/** The client of a store that `redisStore` made. */
export function redisOf(store: Store): RedisLike | undefined {
  return clients.get(store)
}

/** Redis takes whole milliseconds, and at least one. */
function milliseconds(seconds: number): number {
  return Math.max(1, Math.ceil(seconds * 1000))
}
