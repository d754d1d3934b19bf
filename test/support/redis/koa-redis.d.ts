/** `@types/koa-redis` doesn't fit koa-session 7: what it builds on isn't exported there any more. */
declare module 'koa-redis' {
  import type { EventEmitter } from 'node:events'

  export interface RedisStoreOptions {
    url?: string
    /** A client of one's own, ioredis only. */
    client?: unknown
    duplicate?: boolean
    isRedisCluster?: boolean
    nodes?: unknown[]
    clusterOptions?: object
    /** Everything else goes to ioredis 4. Milliseconds: without it, a hanging Redis hangs every request. */
    commandTimeout?: number
    maxRetriesPerRequest?: number | null
    enableOfflineQueue?: boolean
    [option: string]: unknown
  }

  /** What is used of ioredis 4. */
  export interface RedisStoreClient extends EventEmitter {
    readonly status: string
    get(key: string): Promise<string | null>
    set(key: string, value: string, ...options: (string | number)[]): Promise<string | null>
    del(key: string): Promise<number>
    keys(pattern: string): Promise<string[]>
    pttl(key: string): Promise<number>
    flushall(): Promise<unknown>
    zrem(key: string, member: string): Promise<number>
    eval(script: string, keys: number, ...args: (string | number)[]): Promise<unknown>
    disconnect(): void
  }

  export interface RedisStore extends EventEmitter {
    readonly client: RedisStoreClient
    readonly status: string
    readonly connected: boolean
    get(sid: string): Promise<object | undefined>
    /** `ttl`: milliseconds. */
    set(sid: string, session: object, ttl: number): Promise<void>
    destroy(sid: string): Promise<void>
    quit(): Promise<void>
    end(): Promise<void>
  }

  export default function redisStore(options?: RedisStoreOptions): RedisStore
}
