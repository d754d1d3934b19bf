/** A store for koa-session, and what createKeycloak is given as its `store`: one connection for both. */
export async function redisOf(url, client) {
  if (client === 'node-redis') return fromNodeRedis(url)
  const { default: redisStore } = await import('koa-redis')
  const { Redis } = await import('ioredis')
  switch (client) {
    case 'koa-redis':
      return both(redisStore({ url }))
    case 'koa-redis, batching':
      return both(redisStore({ url, enableAutoPipelining: true }))
    case 'ioredis':
      return both(redisStore({ client: new Redis(url) }))
    case 'ioredis, batching':
      return both(redisStore({ client: new Redis(url, { enableAutoPipelining: true }) }))
    default:
      throw new Error(`There is no client ${client}`)
  }
}

function both(store) {
  return { sessions: store, client: store.client }
}

/** koa-redis takes ioredis only. */
async function fromNodeRedis(url) {
  const { createClient } = await import('redis')
  const client = await createClient({ url }).connect()
  const sessions = {
    async get(key) {
      const text = await client.get(key)
      return text ? JSON.parse(text) : undefined
    },
    async set(key, session, maxAge) {
      await client.set(key, JSON.stringify(session), { PX: Math.ceil(maxAge) })
    },
    async destroy(key) {
      await client.del(key)
    },
  }
  return { sessions, client }
}
