import { isObject } from '../util/kind-of.js'
import { bareClient, type RedisLike } from './redis-client.js'

/** Every `maxmemory-policy` of Redis and Valkey. */
const POLICIES = [
  'noeviction',
  'allkeys-lru',
  'allkeys-lfu',
  'allkeys-lrm',
  'allkeys-random',
  'volatile-lru',
  'volatile-lfu',
  'volatile-lrm',
  'volatile-random',
  'volatile-ttl',
] as const

/** What a Redis does when its memory is full; `other` is a policy that is not known here. */
export type EvictionPolicy = (typeof POLICIES)[number] | 'other' | 'unknown'

/**
 * The policy as CONFIG GET says, else as INFO does; `unknown` where the client or the server has neither. Rejects when
 * the server does not answer.
 */
export async function evictionPolicy(client: RedisLike): Promise<EvictionPolicy> {
  const bare = bareClient(client)
  for (const ask of [fromConfig, fromInfo]) {
    const said = await ask(bare).catch(exceptRefusals)
    if (said !== undefined) return POLICIES.find(policy => policy === said) ?? 'other'
  }
  return 'unknown'
}

const NAME = 'maxmemory-policy'

/** ioredis gives a list of name and value, node-redis an object. */
async function fromConfig(client: object): Promise<unknown> {
  if (can(client, 'configGet')) {
    const settings = await client.configGet(NAME)
    return isObject(settings) ? settings[NAME] : undefined
  }
  if (!can(client, 'config')) return undefined
  const settings = await client.config('GET', NAME)
  return Array.isArray(settings) ? settings[1] : undefined
}

async function fromInfo(client: object): Promise<unknown> {
  if (!can(client, 'info')) return undefined
  return /^maxmemory_policy:(.*?)\r?$/m.exec(String(await client.info('memory')))?.[1]
}

function can<Name extends string>(
  client: object,
  name: Name,
): client is Record<Name, (...args: string[]) => Promise<unknown>> {
  return typeof (client as Record<string, unknown>)[name] === 'function'
}

/** An answer that is an error begins with its code in capitals, as `NOPERM` or `ERR`; a connection's error does not. */
function exceptRefusals(error: unknown): undefined {
  if (!(error instanceof Error && /^[A-Z]{2,} /.test(error.message))) throw error
}
