import { load } from '../load.js'
import { exactly, type Line } from '../report.js'
import type { Contender, Scene } from '../scene.js'

const REQUESTS = 100

/** What Redis is asked in one request, as it counts itself. */
export async function storeCommands(scene: Scene): Promise<Line[]> {
  const cookie = await scene.start('koa-keycloak', 'cookie')
  const redis = await scene.start('koa-keycloak', 'redis')
  const visitor = { ...cookie, headers: {} }
  const lines = [
    exactly('commands, logged in, session in a cookie', await commands(scene, cookie, '/private'), 1),
    exactly(
      "commands, logged in, session in Redis (koa-session's own: 1)",
      await commands(scene, redis, '/private'),
      2,
    ),
    exactly('commands, a visitor without a login', await commands(scene, visitor, '/public'), 0),
    exactly('writes, logged in, session in Redis', await commands(scene, redis, '/private', isWrite), 0),
  ]
  await scene.stop(cookie)
  await scene.stop(redis)
  return lines
}

const isWrite = (command: string) => !['get', 'mget'].includes(command)

async function commands(
  { connection }: Scene,
  { url, headers }: Contender,
  path: string,
  counts: (command: string) => boolean = () => true,
): Promise<number> {
  await connection.config('RESETSTAT')
  await load({ url: url + path, headers, requests: REQUESTS, connections: 4 })
  const statistics = await connection.info('commandstats')
  let calls = 0
  for (const [, command = '', number] of statistics.matchAll(/cmdstat_([^:]+):calls=(\d+)/g)) {
    if (!/^(config|info|ping|client)/.test(command) && counts(command)) calls += Number(number)
  }
  return calls / REQUESTS
}
