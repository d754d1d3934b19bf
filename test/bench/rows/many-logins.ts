import { Redis } from 'ioredis'
import { type RedisLike, redisStore } from '../../../src/index.js'
import type { LoginRecord } from '../../../src/store/login-record.js'
import { Logins } from '../../../src/store/logins.js'
import { memoryStore } from '../../../src/store/memory-store.js'
import type { Store } from '../../../src/store/store.js'
import { randomId } from '../../../src/util/random.js'
import { startRedis } from '../../support/redis.js'
import { atMost, type Line } from '../report.js'
import { median } from '../statistics.js'

const now = () => Date.now() / 1000

const ENDINGS = 600

/** Of the three tokens below, as Keycloak makes them. */
const SIZES = { accessToken: 1400, idToken: 1100, refreshToken: 780 }
const TOKEN_BYTES = Object.values(SIZES).reduce((sum, size) => sum + size)

/** Ending one login by its session among few and among many, and what a login takes. */
export async function manyLogins(sizes: readonly [few: number, many: number]): Promise<Line[]> {
  const servers = [await startRedis(), await startRedis()] as const
  const [one, other] = servers.map(({ url }) => new Redis(url)) as [Redis, Redis]
  try {
    const empty = await usedMemory(other)
    const redis = await compare(redisStore(one as RedisLike), redisStore(other as RedisLike), sizes)
    const bytes = ((await usedMemory(other)) - empty) / redis.living

    globalThis.gc?.()
    const heap = process.memoryUsage().heapUsed
    const big = memoryStore({ maxEntries: 10_000_000 })
    const memory = await compare(memoryStore(), big, sizes)
    globalThis.gc?.()
    const heapBytes = (process.memoryUsage().heapUsed - heap) / memory.living

    const among = sizes.map(size => size.toLocaleString('en')).join(' and ')
    return [
      atMost(`ending one login among ${among}, Redis: time`, redis.ratio, 1.1, redis.times),
      atMost(`ending one login among ${among}, in memory: time`, memory.ratio, 1.1, memory.times),
      atMost('a login in Redis, of its tokens', bytes / TOKEN_BYTES, 1.2, `${bytes.toFixed(0)} bytes`),
      atMost(
        'a login in memory, of its tokens',
        heapBytes / TOKEN_BYTES,
        1.2,
        `${heapBytes.toFixed(0)} bytes`,
      ),
    ]
  } finally {
    one.disconnect()
    other.disconnect()
    for (const server of servers) await server.stop()
  }
}

/** By turns in a store with few logins and in one with many, so that the machine's moods meet both alike. */
async function compare(small: Store, large: Store, [few, many]: readonly [number, number]) {
  const stores = [await filled(small, few), await filled(large, many)] as const
  globalThis.gc?.() // what filling left behind is not the ending's
  const times: [number[], number[]] = [[], []]
  for (let i = 0; i < ENDINGS; i++) {
    for (const [place, { logins, sids }] of stores.entries()) {
      const [sid = ''] = sids.splice(Math.floor((sids.length * i) / ENDINGS), 1)
      const start = performance.now()
      await logins.endBySid(sid)
      if (i >= ENDINGS / 2) times[place]?.push(performance.now() - start) // the first half warms up
    }
  }
  const [inSmall, inLarge] = times.map(median) as [number, number]
  const microseconds = [inSmall, inLarge].map(time => (time * 1000).toFixed(0)).join(' and ')
  return { ratio: inLarge / inSmall, times: `${microseconds} µs`, living: stores[1].sids.length }
}

async function filled(store: Store, size: number) {
  const logins = new Logins(store, { space: 'bench', now, lockTtl: 10, clockTolerance: 10 })
  const sids: string[] = []
  while (sids.length < size) {
    const batch = Array.from({ length: Math.min(1000, size - sids.length) }, () => record())
    await Promise.all(batch.map(each => logins.begin(each)))
    sids.push(...batch.map(({ sid = '' }) => sid))
  }
  return { logins, sids }
}

/** A login with tokens of the size that Keycloak's have. */
function record(): LoginRecord {
  const text = (length: number) =>
    randomId()
      .repeat(Math.ceil(length / 43))
      .slice(0, length)
  return {
    iss: 'https://id.example.com/realms/main',
    sub: randomId(),
    sid: randomId(),
    issuedAt: Math.floor(now()),
    startedAt: now(),
    endsAt: now() + 36_000,
    renewals: 0,
    tokens: {
      accessToken: text(SIZES.accessToken),
      idToken: text(SIZES.idToken),
      refreshToken: text(SIZES.refreshToken),
      tokenType: 'bearer',
      scope: ['openid', 'profile', 'email'],
      receivedAt: now(),
      expiresIn: 300,
      refreshExpiresIn: 1800,
    },
  }
}

async function usedMemory(connection: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await connection.info('memory'))?.[1])
}
