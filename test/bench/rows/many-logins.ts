import { type RedisLike, redisStore } from '../../../src/index.js'
import type { LoginRecord } from '../../../src/store/login-record.js'
import { Logins } from '../../../src/store/logins.js'
import { memoryStore } from '../../../src/store/memory-store.js'
import type { Store } from '../../../src/store/store.js'
import { randomId } from '../../../src/util/random.js'
import { atMost, type Line } from '../report.js'
import type { Scene } from '../scene.js'
import { median } from '../statistics.js'

const now = () => Date.now() / 1000

/** Ending one login by its session among few and among many, and what a login takes. */
export async function manyLogins({ connection }: Scene, sizes: number[]): Promise<Line[]> {
  await connection.flushall()
  const inRedis = redisStore(connection as RedisLike)
  const before = await usedMemory(connection)
  const redis = await endingAmong(inRedis, sizes)
  const bytes = ((await usedMemory(connection)) - before) / redis.living
  await connection.flushall()

  globalThis.gc?.()
  const heap = process.memoryUsage().heapUsed
  const store = memoryStore({ maxEntries: 10_000_000 })
  const memory = await endingAmong(store, sizes)
  globalThis.gc?.()
  const heapBytes = (process.memoryUsage().heapUsed - heap) / memory.living

  const [few = 0, many = 0] = [sizes[0], sizes.at(-1)]
  const among = `${few.toLocaleString('en')} and ${many.toLocaleString('en')}`
  return [
    atMost(`ending one login among ${among}, Redis: time`, redis.ratio, 1.1, redis.times),
    atMost(`ending one login among ${among}, in memory: time`, memory.ratio, 1.1, memory.times),
    atMost('a login in Redis, of its tokens', bytes / redis.tokens, 1.2, `${bytes.toFixed(0)} bytes`),
    atMost(
      'a login in memory, of its tokens',
      heapBytes / memory.tokens,
      1.2,
      `${heapBytes.toFixed(0)} bytes`,
    ),
  ]
}

async function endingAmong(store: Store, sizes: number[]) {
  const logins = new Logins(store, { space: 'bench', now, lockTtl: 10, clockTolerance: 10 })
  const sids: string[] = []
  const medians: number[] = []
  for (const size of sizes) {
    while (sids.length < size) {
      const batch = Array.from({ length: Math.min(1000, size - sids.length) }, () => record())
      await Promise.all(batch.map(each => logins.begin(each)))
      sids.push(...batch.map(({ sid = '' }) => sid))
    }
    medians.push(await timeOfEnding(logins, sids))
  }
  const [few = Number.NaN, many = Number.NaN] = [medians[0], medians.at(-1)]
  const times = `${(few * 1000).toFixed(0)} and ${(many * 1000).toFixed(0)} µs`
  return { ratio: many / few, times, living: sids.length, tokens: tokenBytes(record()) }
}

/** Median over some logins, taken from all over; they are gone from the list, too. */
async function timeOfEnding(logins: Logins, sids: string[]): Promise<number> {
  const times: number[] = []
  for (let i = 0; i < 400; i++) {
    const [sid = ''] = sids.splice(Math.floor((sids.length * i) / 400), 1)
    const start = performance.now()
    await logins.endBySid(sid)
    times.push(performance.now() - start)
  }
  return median(times.slice(100))
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
      accessToken: text(1400),
      idToken: text(1100),
      refreshToken: text(780),
      tokenType: 'bearer',
      scope: ['openid', 'profile', 'email'],
      receivedAt: now(),
      expiresIn: 300,
      refreshExpiresIn: 1800,
    },
  }
}

function tokenBytes({ tokens }: LoginRecord): number {
  return tokens.accessToken.length + (tokens.idToken?.length ?? 0) + (tokens.refreshToken?.length ?? 0)
}

async function usedMemory(connection: Scene['connection']): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await connection.info('memory'))?.[1])
}
