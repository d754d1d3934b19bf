import type { RedisLike } from '../store/redis-client.js'
import { isObject } from '../util/kind-of.js'

/** What a Redis tells about itself to everybody who may use it. */
export interface RedisView {
  readonly evictionPolicy: string
  /** In bytes; 0 is without bounds. */
  readonly maxMemory: number | undefined
  /** Its clock: seconds since the epoch. */
  readonly time: number | undefined
  /** When it was asked and when it had answered, by this machine's clock. */
  readonly asked: number
  readonly answered: number
}

/** ioredis gives seconds and microseconds, node-redis a Date or both of these. */
type Time = readonly [seconds: string | number, microseconds: string | number] | Date

interface Telling {
  info(section: string): Promise<unknown>
  time(): Promise<Time>
}

/** INFO memory, and TIME. Rejects when the client has no such commands or the server refuses them. */
export async function redisView(client: RedisLike): Promise<RedisView> {
  const inside: unknown = 'client' in client ? client.client : undefined
  const telling = [client, inside].find(isTelling)
  if (telling === undefined) throw new Error('no INFO and TIME')
  const info = String(await telling.info('memory'))
  const member = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
  const asked = Date.now() / 1000
  const time = secondsOf(await telling.time())
  const [evictionPolicy, maxMemory] = [member('maxmemory_policy'), member('maxmemory')]
  if (evictionPolicy === undefined) throw new Error('INFO without a policy')
  return {
    evictionPolicy,
    maxMemory: maxMemory === undefined ? undefined : Number(maxMemory),
    time,
    asked,
    answered: Date.now() / 1000,
  }
}

function isTelling(client: unknown): client is Telling {
  return isObject(client) && typeof client.info === 'function' && typeof client.time === 'function'
}

function secondsOf(time: Time): number | undefined {
  const seconds = time instanceof Date ? time.getTime() / 1000 : Number(time[0]) + Number(time[1]) / 1e6
  return Number.isFinite(seconds) ? seconds : undefined
}
