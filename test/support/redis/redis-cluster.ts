import { setTimeout as delay } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort, startRedis } from './redis.js'

export interface RedisCluster {
  nodes: { host: string; port: number }[]
  stop(): Promise<void>
}

const SLOTS = 16_384

/** Three masters that share the slots. */
export async function startCluster(): Promise<RedisCluster> {
  const buses = await Promise.all([freePort(), freePort(), freePort()])
  const servers = await Promise.all(
    buses.map(bus => startRedis({ 'cluster-enabled': 'yes', 'cluster-port': bus })),
  )
  const clients = servers.map(({ port }) => new Redis(port))
  const share = Math.ceil(SLOTS / servers.length)
  await Promise.all(
    clients.map(async (client, i) => {
      await client.call('CLUSTER', 'SET-CONFIG-EPOCH', i + 1)
      const last = Math.min(SLOTS, (i + 1) * share) - 1
      await client.call('CLUSTER', 'ADDSLOTSRANGE', i * share, last)
    }),
  )
  for (const [i, { port }] of servers.entries()) {
    if (i > 0) await clients[0]?.call('CLUSTER', 'MEET', '127.0.0.1', port, buses[i] ?? 0)
  }
  await Promise.all(clients.map(agreed))
  for (const client of clients) client.disconnect()
  return {
    nodes: servers.map(({ port }) => ({ host: '127.0.0.1', port })),
    stop: async () => void (await Promise.all(servers.map(server => server.stop()))),
  }
}

/** The nodes learn of each other by gossip; there is nothing that says when, so it is asked for. */
async function agreed(client: Redis): Promise<void> {
  for (;;) {
    const info = String(await client.call('CLUSTER', 'INFO'))
    if (info.includes('cluster_state:ok') && info.includes('cluster_known_nodes:3')) return
    await delay(20)
  }
}
