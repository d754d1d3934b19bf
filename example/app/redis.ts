import redisStore, { type RedisStore } from 'koa-redis'

/** One connection for sessions and logins. A Redis that is away or hangs is noticed within a second. */
export function connectRedis(url: string): RedisStore {
  const redis = redisStore({ url, commandTimeout: 1000, maxRetriesPerRequest: 1 })
  let isAway = false
  redis.on('error', (error: Error) => {
    if (!isAway) console.error(`Redis is away: ${error.message}`)
    isAway = true
  })
  redis.on('ready', () => {
    if (isAway) console.error('Redis is back.')
    isAway = false
  })
  return redis
}
