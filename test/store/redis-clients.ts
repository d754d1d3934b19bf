import { createRequire } from 'node:module'
import { Cluster, Redis } from 'ioredis'
import redisStore from 'koa-redis'
import { createClient, createCluster, createSentinel } from 'redis'
import type { IoRedisClient, RedisLike } from '../../src/store/redis-client.js'
import { type RedisServer, startRedis } from '../support/redis/redis.js'
import { type RedisCluster, startCluster } from '../support/redis/redis-cluster.js'
import { type RedisSentinel, startSentinel } from '../support/redis/redis-sentinel.js'

export interface OpenClient {
  client: RedisLike
  close(): void
}

export interface RedisServers {
  single: RedisServer
  cluster: RedisCluster
  sentinel: RedisSentinel
  stop(): Promise<void>
}

export async function startServers(): Promise<RedisServers> {
  const [single, cluster] = await Promise.all([startRedis(), startCluster()])
  const sentinel = await startSentinel(single)
  const all = [sentinel, single, cluster]
  return {
    single,
    cluster,
    sentinel,
    stop: async () => void (await Promise.all(all.map(each => each.stop()))),
  }
}

/** Milliseconds that each key of a server has left; -1 for one without an end. */
export async function livesOf(port: number): Promise<Map<string, number>> {
  const redis = new Redis(port)
  try {
    const lives = new Map<string, number>()
    for (const key of await redis.keys('*')) lives.set(key, await redis.pttl(key))
    return lives
  } finally {
    redis.disconnect()
  }
}

/** Every client that people have, each as it is handed to `createKeycloak({ store })`. */
export const clients: Record<string, (servers: RedisServers) => Promise<OpenClient>> = {
  async 'the store of koa-redis'({ single }) {
    const client = redisStore({ url: single.url })
    return { client, close: () => client.client.disconnect() }
  },
  async 'ioredis 4'({ single }) {
    const client = new IoRedis4(single.url)
    return { client, close: () => client.disconnect() }
  },
  async 'ioredis 6'({ single }) {
    const client = new Redis(single.url)
    return { client, close: () => client.disconnect() }
  },
  async 'ioredis 6 with a key prefix and auto-pipelining'({ single }) {
    const client = new Redis(single.url, { keyPrefix: 'app:', enableAutoPipelining: true })
    return { client, close: () => client.disconnect() }
  },
  async 'ioredis 6 behind Sentinel'({ sentinel: { name, port } }) {
    const client = new Redis({ name, sentinels: [{ host: '127.0.0.1', port }] })
    return { client, close: () => client.disconnect() }
  },
  async 'ioredis 6 on a Cluster'({ cluster }) {
    const client = new Cluster(cluster.nodes)
    return { client, close: () => client.disconnect() }
  },
  async 'ioredis 6 on a Cluster with auto-pipelining'({ cluster }) {
    const client = new Cluster(cluster.nodes, { enableAutoPipelining: true })
    return { client, close: () => client.disconnect() }
  },
  async 'node-redis 6'({ single }) {
    const client = createClient({ url: single.url })
    await client.connect()
    return { client, close: () => client.destroy() }
  },
  async 'node-redis 6 with RESP 2'({ single }) {
    const client = createClient({ url: single.url, RESP: 2 })
    await client.connect()
    return { client, close: () => client.destroy() }
  },
  async 'node-redis 6 behind Sentinel'({ sentinel: { name, port } }) {
    const client = createSentinel({ name, sentinelRootNodes: [{ host: '127.0.0.1', port }] })
    await client.connect()
    return { client, close: () => client.destroy() }
  },
  async 'node-redis 6 on a Cluster'({ cluster }) {
    const rootNodes = cluster.nodes.map(({ host, port }) => ({ url: `redis://${host}:${port}` }))
    const client = createCluster({ rootNodes })
    await client.connect()
    return { client, close: () => client.destroy() }
  },
}

/** The ioredis that koa-redis brings: applications that came with it have no other. */
const IoRedis4: new (url: string) => IoRedisClient & { disconnect(): void } = createRequire(
  createRequire(import.meta.url).resolve('koa-redis'),
)('ioredis')
