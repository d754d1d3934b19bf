import type { Redis } from 'ioredis'
import type { UserAgent } from '../../support/browser/user-agent.js'
import type { Forger } from '../../support/forger/forger.js'
import type { Cluster } from '../../support/process/cluster.js'
import type { Ledger, Login, Token } from './ledger.js'
import type { Sockets } from './sockets.js'

/** What everybody in a random run shares. */
export interface World {
  cluster: Cluster
  forger: Forger
  redis: Redis
  ledger: Ledger
  sockets: Sockets
  /** Logins that are under way or came about, for whoever wants to end one; the latest last. */
  logins: Pick<Login, 'sub' | 'sid'>[]
  /** How often something happened. */
  tally: Record<Happening, number>
  /** Runs one after the other what changes whom the provider logs in next. */
  inTurn<T>(task: () => Promise<T>): Promise<T>
  isOver(): boolean
}

export type Happening =
  | 'login'
  | 'refused'
  | 'request'
  | 'token'
  | 'socket'
  | 'logout'
  | 'by sid'
  | 'by sub'
  | 'lost'
  | 'kill'
  | 'end'

export function createWorld(
  parts: Pick<World, 'cluster' | 'forger' | 'redis' | 'ledger' | 'sockets' | 'isOver'>,
): World {
  let last: Promise<unknown> = Promise.resolve()
  return {
    ...parts,
    logins: [],
    tally: {
      login: 0,
      refused: 0,
      request: 0,
      token: 0,
      socket: 0,
      logout: 0,
      'by sid': 0,
      'by sub': 0,
      lost: 0,
      kill: 0,
      end: 0,
    },
    inTurn(task) {
      const result = last.then(task)
      last = result.catch(() => undefined)
      return result
    },
  }
}

/** Asks the application who is logged in, and holds the answer to the ledger. False: out. */
export async function ask(
  { cluster, ledger, tally }: World,
  agent: UserAgent,
  login: Login,
  url = cluster.url,
): Promise<boolean | undefined> {
  const sentAt = performance.now()
  const page = await agent.fetch(`${url}/api/me`)
  tally.request += 1
  const where = `${url} ${page.status}`
  if (page.status === 502) tally.lost += 1
  else if (page.status === 200) {
    const { sub, sid } = page.json()
    if (sub !== login.sub || sid !== login.sid) ledger.violations.push(`Somebody else: ${page.body}`)
    ledger.saw(login, true, sentAt, where)
    return true
  } else if (page.status === 401) {
    ledger.saw(login, false, sentAt, where)
    return false
  } else ledger.violations.push(`Not served: ${where} ${page.body}`)
  return undefined
}

/** Asks the API with a token, and holds the answer to the ledger. */
export async function askApi(
  { cluster, ledger, tally }: World,
  token: Token,
  url = cluster.url,
): Promise<void> {
  const sentAt = performance.now()
  const { status } = await fetch(`${url}/api/orders`, { headers: { authorization: `Bearer ${token.jwt}` } })
  tally.token += 1
  if (status === 502) tally.lost += 1
  else if (status === 200 || status === 401) ledger.sawToken(token, status === 200, sentAt, url)
  else ledger.violations.push(`Not served: an API's ${status}`)
}
