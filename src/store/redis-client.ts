import { isObject } from '../util/kind-of.js'

/** The client that koa-redis, ioredis or node-redis gives; recognised by what it can do. */
export type RedisLike = KoaRedisStore | IoRedisClient | NodeRedisClient

/** What `koa-redis` returns: a session store around an ioredis client. */
export interface KoaRedisStore {
  client: IoRedisClient
}

/** ioredis 4 to 6, alone, behind Sentinel or a Cluster. Its types know every form of SET apart. */
export interface IoRedisClient {
  get(key: string): Promise<string | null>
  set(key: string, value: string, px: 'PX', milliseconds: number): Promise<unknown>
  set(key: string, value: string, px: 'PX', milliseconds: number, nx: 'NX'): Promise<unknown>
  set(key: string, value: string, px: 'PX', milliseconds: number, xx: 'XX'): Promise<unknown>
  del(key: string): Promise<number>
  zrem(key: string, member: string): Promise<number>
  eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>
}

/** node-redis 4 to 6, alone, behind Sentinel or (from 5 on) a Cluster. */
export interface NodeRedisClient {
  get(key: string): Promise<string | null>
  set(key: string, value: string, options: Record<string, unknown>): Promise<unknown>
  del(key: string): Promise<number>
  zRem(key: string, member: string): Promise<number>
  eval(script: string, options: { keys: string[]; arguments: string[] }): Promise<unknown>
}

/** The few commands that the store needs, the same for every client. */
export interface RedisCommands {
  get(key: string): Promise<string | null>
  /** SET with a lifetime in milliseconds; NX and XX tell by `null` that they did not write. */
  set(key: string, value: string, milliseconds: number, condition?: 'NX' | 'XX'): Promise<unknown>
  del(key: string): Promise<number>
  zrem(key: string, member: string): Promise<number>
  eval(script: string, key: string, ...args: string[]): Promise<unknown>
}

export function isRedisLike(value: unknown): value is RedisLike {
  return isKoaRedis(value) || isIoRedis(value) || isNodeRedis(value)
}

/** The client itself, without what koa-redis puts around it. */
export function bareClient(client: RedisLike): IoRedisClient | NodeRedisClient {
  return isKoaRedis(client) ? client.client : client
}

/** The client's commands in one shape. */
export function redisCommands(client: RedisLike): RedisCommands {
  const bare = bareClient(client)
  return isNodeRedis(bare) ? fromNodeRedis(bare) : fromIoRedis(bare)
}

function fromIoRedis(client: IoRedisClient): RedisCommands {
  return {
    get: key => client.get(key),
    set: (key, value, ms, condition) => {
      if (condition === 'NX') return client.set(key, value, 'PX', ms, 'NX')
      if (condition === 'XX') return client.set(key, value, 'PX', ms, 'XX')
      return client.set(key, value, 'PX', ms)
    },
    del: key => client.del(key),
    zrem: (key, member) => client.zrem(key, member),
    eval: (script, key, ...args) => client.eval(script, 1, key, ...args),
  }
}

function fromNodeRedis(client: NodeRedisClient): RedisCommands {
  return {
    get: key => client.get(key),
    set: (key, value, ms, condition) =>
      client.set(key, value, { PX: ms, ...(condition && { [condition]: true }) }),
    del: key => client.del(key),
    zrem: (key, member) => client.zRem(key, member),
    eval: (script, key, ...args) => client.eval(script, { keys: [key], arguments: args }),
  }
}

function isKoaRedis(value: unknown): value is KoaRedisStore {
  return isObject(value) && isIoRedis(value.client)
}

function isIoRedis(value: unknown): value is IoRedisClient {
  return can(value, 'get', 'set', 'del', 'zrem', 'eval')
}

function isNodeRedis(value: unknown): value is NodeRedisClient {
  return can(value, 'get', 'set', 'del', 'zRem', 'eval')
}

function can(value: unknown, ...names: string[]): boolean {
  return isObject(value) && names.every(name => typeof value[name] === 'function')
}
