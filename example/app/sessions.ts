import type { RedisStore } from 'koa-redis'
import { memoryStore } from '../../src/index.js'

/** What koa-session wants of a store; lives are in milliseconds. */
interface SessionStore {
  get(key: string): Promise<object | null | undefined>
  set(key: string, session: object, life: number): Promise<void>
  destroy(key: string): Promise<void>
}

/** Sessions in Redis, or without it in this process. */
export function sessionStore(redis: RedisStore | undefined): SessionStore {
  return redis ? answering503(redis) : inMemory()
}

function inMemory(): SessionStore {
  const store = memoryStore()
  return {
    async get(key) {
      const session = await store.get(key)
      return session === undefined ? undefined : JSON.parse(session)
    },
    set: (key, session, life) => store.set(key, JSON.stringify(session), life / 1000),
    async destroy(key) {
      await store.delete(key)
    },
  }
}

/** A Redis that is away is no fault of the application: the visitor is to come back, still logged in. */
function answering503(store: SessionStore): SessionStore {
  return {
    get: key => store.get(key).catch(unavailable),
    set: (key, session, life) => store.set(key, session, life).catch(unavailable),
    destroy: key => store.destroy(key).catch(unavailable),
  }
}

function unavailable(cause: unknown): never {
  const headers = { 'Cache-Control': 'no-store', 'Retry-After': '5' }
  throw Object.assign(new Error('The store of sessions does not answer.', { cause }), {
    status: 503,
    headers,
  })
}
