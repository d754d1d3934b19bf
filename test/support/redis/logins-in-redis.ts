import type { Redis } from 'ioredis'
import { type LoginRecord, parseRecord, writeRecord } from '../../../src/store/login-record.js'

/** The logins that a Redis holds, by key, past every process that keeps them there. */
export async function loginsIn(redis: Redis): Promise<Map<string, LoginRecord>> {
  const records = new Map<string, LoginRecord>()
  for (const key of await redis.keys('koa-keycloak:*:login:*')) {
    const record = parseRecord((await redis.get(key)) ?? undefined)
    if (record) records.set(key, record)
  }
  return records
}

/** As if so many seconds had passed since the tokens of all logins were received. Nobody else may write meanwhile. */
export async function age(redis: Redis, seconds: number): Promise<void> {
  for (const [key, record] of await loginsIn(redis)) {
    const { tokens } = record
    const aged = { ...record, tokens: { ...tokens, receivedAt: tokens.receivedAt - seconds } }
    await redis.set(key, writeRecord(aged), 'KEEPTTL')
  }
}
