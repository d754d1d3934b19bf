import type { Line } from '../report.js'
import { inRounds } from '../rounds.js'
import type { Client, Contender, Scene } from '../scene.js'
import { median, ratio } from '../statistics.js'

const CLIENTS: Client[] = ['koa-redis', 'koa-redis, batching', 'ioredis', 'ioredis, batching', 'node-redis']

/** The same guarded request with each client of Redis. */
export async function redisClients(scene: Scene, effort: { rounds: number; burst: number }): Promise<Line[]> {
  const contenders: Record<string, Contender> = {}
  for (const client of CLIENTS) contenders[client] = await scene.start('koa-keycloak', 'redis', client)
  const seen = await inRounds(contenders, effort)
  for (const contender of Object.values(contenders)) await scene.stop(contender)
  const plain = seen['koa-redis']?.cpu ?? []
  return CLIENTS.map(client => {
    const { cpu, rate } = seen[client] ?? { cpu: [], rate: [] }
    return {
      what: `guarded request, ${client}`,
      seen: `${median(cpu).toFixed(0)} µs, ${median(rate).toFixed(0)}/s, ${ratio(cpu, plain).toFixed(2)} × of koa-redis' CPU`,
    }
  })
}
