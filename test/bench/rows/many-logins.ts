import type { Redis } from 'ioredis'
import { type RedisLike, redisStore } from '../../../src/index.js'
import { loginKeys } from '../../../src/store/login-keys.js'
import type { LoginRecord } from '../../../src/store/login-record.js'
import { Logins } from '../../../src/store/logins.js'
import { memoryStore } from '../../../src/store/memory-store.js'
import type { Store } from '../../../src/store/store.js'
import { randomId, sha256 } from '../../../src/util/random.js'
import { atMost, type Line } from '../report.js'
import type { Scene } from '../scene.js'
import { median, ratio } from '../statistics.js'

const SPACE = 'bench'
const LIFE = 36_000

/** Logins that are begun for their weight, and per round of endings. */
const WEIGHED = 5000
const SLICE = 100

const now = () => Date.now() / 1000

/** Ending one login by its session among few and among many, and what a login takes. */
export async function manyLogins({ connection }: Scene, sizes: number[], rounds: number): Promise<Line[]> {
  const redis = await endingInRedis(connection, sizes, rounds)
  const memory = await endingInMemory(sizes, rounds)
  const tokens = tokenBytes(record())
  const [inRedis, inMemory] = [await bytesInRedis(connection), await bytesInMemory()]
  return [
    ...redis.map(({ size, ...times }) => ending('Redis', size, sizes[0] ?? 0, times)),
    ...memory.map(({ size, ...times }) => ending('in memory', size, sizes[0] ?? 0, times)),
    atMost('a login in Redis, of its tokens', inRedis / tokens, 1.2, weight(inRedis, tokens)),
    atMost('a login in memory, of its tokens', inMemory / tokens, 1.2, weight(inMemory, tokens)),
  ]
}

const weight = (bytes: number, tokens: number) => `${bytes.toFixed(0)} bytes against ${tokens}`

function ending(where: string, many: number, few: number, times: { few: number[]; many: number[] }): Line {
  const among = `${many.toLocaleString('en')} against ${few.toLocaleString('en')}`
  const [a, b] = [times.many, times.few].map(each => `${median(each).toFixed(0)} µs`)
  const what = `ending one login among ${among}, ${where}: time`
  return atMost(what, ratio(times.many, times.few), 1.1, `${a} against ${b}`)
}

async function endingInRedis(connection: Redis, sizes: number[], rounds: number) {
  await connection.flushall()
  const connections = sizes.map((_, db) => connection.duplicate({ db }))
  const crowds = []
  for (const [i, db] of connections.entries()) {
    await fillRedis(db, sizes[i] ?? 0)
    crowds.push(new Crowd(redisStore(db as RedisLike)))
  }
  const times = await inTurns(crowds, sizes, rounds)
  for (const db of connections) db.disconnect()
  await connection.flushall()
  return times
}

async function endingInMemory(sizes: number[], rounds: number) {
  const crowds = []
  for (const size of sizes) {
    const store = memoryStore({ maxEntries: 10_000_000 })
    await fillMemory(store, size)
    crowds.push(new Crowd(store))
  }
  globalThis.gc?.()
  return inTurns(crowds, sizes, rounds)
}

/** Few and many in turns, so that whatever else goes on meets all alike. */
async function inTurns(crowds: Crowd[], sizes: number[], rounds: number) {
  const seen: number[][] = crowds.map(() => [])
  for (let round = -2; round < rounds; round++) {
    for (const [i, crowd] of crowds.entries()) {
      const time = await crowd.timeOfEnding()
      if (round >= 0) seen[i]?.push(time)
    }
  }
  const [few = [], ...others] = seen
  return others.map((many, i) => ({ size: sizes[i + 1] ?? 0, few, many }))
}

/** Logins that nobody touches, and some that end. */
class Crowd {
  readonly #logins: Logins

  constructor(store: Store) {
    this.#logins = new Logins(store, { space: SPACE, now, lockTtl: 10, clockTolerance: 10 })
  }

  /** Microseconds, median over some. */
  async timeOfEnding(): Promise<number> {
    const records = Array.from({ length: SLICE }, record)
    for (const each of records) await this.#logins.begin(each)
    const times: number[] = []
    for (const { sid = '' } of records) {
      const start = performance.now()
      await this.#logins.endBySid(sid)
      times.push((performance.now() - start) * 1000)
    }
    return median(times)
  }
}

/** Keys as logins have them, made by Redis itself: a million of them in seconds. */
async function fillRedis(connection: Redis, size: number): Promise<void> {
  const { login, ofSid, ofSub } = loginKeys(SPACE)
  const stems = [login(''), ofSid('').slice(0, -43), ofSub('').slice(0, -43)]
  const script = `
    for i = ARGV[1], ARGV[2] do
      local id = string.format('%043d', i)
      redis.call('SET', KEYS[1] .. id, ARGV[3], 'EX', ${LIFE})
      for set = 2, 3 do
        redis.call('ZADD', KEYS[set] .. id, '4e12', id)
        redis.call('EXPIRE', KEYS[set] .. id, ${LIFE})
      end
    end`
  for (let from = 1; from <= size; from += 10_000) {
    const to = Math.min(size, from + 9999)
    await connection.eval(script, 3, ...stems, from, to, 'x'.repeat(100))
  }
}

async function fillMemory(store: Store, size: number): Promise<void> {
  const { login, ofSid, ofSub } = loginKeys(SPACE)
  for (let i = 0; i < size; i++) {
    const hash = sha256(String(i))
    await store.set(login(hash), 'x', LIFE)
    await store.addMember(ofSid(hash), hash, LIFE)
    await store.addMember(ofSub(hash), hash, LIFE)
  }
}

async function bytesInRedis(connection: Redis): Promise<number> {
  await connection.flushall()
  const before = await usedMemory(connection)
  await beginMany(redisStore(connection as RedisLike))
  const bytes = ((await usedMemory(connection)) - before) / WEIGHED
  await connection.flushall()
  return bytes
}

async function bytesInMemory(): Promise<number> {
  const store = memoryStore({ maxEntries: 10_000_000 })
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  await beginMany(store)
  globalThis.gc?.()
  const bytes = (process.memoryUsage().heapUsed - before) / WEIGHED
  if (store.size === 0) throw new Error('The store has to be there until here')
  return bytes
}

async function beginMany(store: Store): Promise<void> {
  const logins = new Logins(store, { space: SPACE, now, lockTtl: 10, clockTolerance: 10 })
  for (let i = 0; i < WEIGHED; i += SLICE) {
    await Promise.all(Array.from({ length: SLICE }, () => logins.begin(record())))
  }
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
    endsAt: now() + LIFE,
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

async function usedMemory(connection: Redis): Promise<number> {
  return Number(/used_memory:(\d+)/.exec(await connection.info('memory'))?.[1])
}
