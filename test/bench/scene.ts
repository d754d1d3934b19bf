import { Redis } from 'ioredis'
import { type StandIn, startStandIn } from '../../example/stand-in/stand-in.js'
import { usersOf } from '../../example/support/users.js'
import { parseRecord } from '../../src/store/login-record.js'
import type { TokenSet } from '../../src/token.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { freePort, type RedisServer, startRedis } from '../support/redis/redis.js'
import { type Child, startChild } from './child.js'

/** A server that somebody is logged in to. */
export interface Contender {
  url: string
  /** What the logged-in browser sends. */
  headers: Record<string, string>
  child: Child
  /** The page that is asked for. Default: `/private`. */
  path?: string
}

export type ContenderScript = 'koa-keycloak' | 'by-hand' | 'express-openid-connect' | 'keycloak-connect'
export type SessionIn = 'redis' | 'cookie'

/** Which library of Redis a server uses, where there is a choice. */
export type Client = 'koa-redis' | 'koa-redis, batching' | 'ioredis' | 'ioredis, batching' | 'node-redis'

/** A provider, a Redis, and the servers that use them. */
export interface Scene {
  provider: StandIn
  redis: RedisServer
  /** A connection of the bench's own. */
  connection: Redis
  /** @param options further options of `createKeycloak` */
  start(script: ContenderScript, session: SessionIn, client?: Client, options?: object): Promise<Contender>
  stop(contender: Contender): Promise<void>
  close(): Promise<void>
}

const CALLBACKS = ['/openid/auth', '/callback', '/private?auth_callback=1']

/** @param dist where the package was built */
export async function setScene(dist: string): Promise<Scene> {
  const provider = await startStandIn({
    clients: [],
    users: usersOf('app').map(user => ({ ...user, realmRoles: ['user', 'admin'] })),
    accessTokenLifetime: 3600,
    refreshTokenLifetime: 7200,
  })
  const redis = await startRedis()
  const connection = new Redis(redis.url)
  const children = new Set<Child>()
  let count = 0

  async function start(
    script: ContenderScript,
    session: SessionIn,
    client: Client = 'koa-redis, batching',
    options: object = {},
  ) {
    const port = await freePort()
    const url = `http://localhost:${port}`
    count += 1
    const credentials = { clientId: `app-${count}`, clientSecret: 'app-secret' }
    await provider.addClient({ ...credentials, redirectUris: CALLBACKS.map(path => url + path) })
    const { discoveryUrl, issuer } = provider
    const settings = {
      dist,
      port,
      session,
      client,
      redis: redis.url,
      discoveryUrl,
      issuer,
      options,
      ...credentials,
    }
    const child = await startChild(`${script}.js`, settings)
    children.add(child)
    return { url, child, headers: await logIn(connection, script, url, child) }
  }

  return {
    provider,
    redis,
    connection,
    start,
    async stop({ child }) {
      children.delete(child)
      await child.stop()
    },
    async close() {
      await Promise.all([...children].map(child => child.stop()))
      connection.disconnect()
      await redis.stop()
      await provider.close()
    },
  }
}

async function logIn(redis: Redis, script: ContenderScript, url: string, child: Child) {
  const browser = new UserAgent()
  if (script === 'by-hand') {
    await child.ask('useTokens', await someTokens(redis))
    await browser.goto(`${url}/log-in`)
  } else {
    await browser.login(`${url}/private`, 'alice', 'alice')
  }
  const page = await browser.goto(`${url}/private`)
  if (page.body !== 'Hello alice')
    throw new Error(`${script} does not know alice: ${page.status} ${page.body}`)
  const cookies = Object.entries(browser.cookies()).filter(
    ([name]) => !/KEYCLOAK|AUTH_SESSION|KC_/.test(name),
  )
  return { cookie: cookies.map(([name, value]) => `${name}=${value}`).join('; ') }
}

/** The hand-written guard keeps as much as ours: the tokens of somebody who is logged in with ours. */
async function someTokens(redis: Redis): Promise<TokenSet> {
  const [key = ''] = await redis.keys('koa-keycloak:*:login:*')
  const record = parseRecord((await redis.get(key)) ?? undefined)
  if (!record) throw new Error('Nobody has logged in yet')
  return record.tokens
}
