import { randomBytes } from 'node:crypto'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import { listen } from '../support/listen.js'
import { Accounts } from './accounts.js'
import { clientMetadata } from './clients.js'
import { keycloakConfiguration, plainConfiguration } from './configuration.js'
import { type Endpoint, endpoints, type Fault, Faults } from './faults.js'
import { createKey } from './keys.js'
import { actLikeKeycloak } from './likeness.js'
import { reportLogoutRequests, skipLogoutWithoutSession } from './logout.js'
import { Provider } from './oidc-provider.js'
import { type StandInClient, type StandInOptions, type StandInSettings, settle } from './options.js'
import { reportLogins, serveInteractions } from './pages/interactions.js'
import { serveRealm } from './pages/realm-page.js'
import { createEvents, type Events, type Realm } from './realm.js'
import { classify, mountRequest } from './requests.js'
import { endSession, expireSession, type OpenSession, openSessions } from './sessions.js'
import { Store } from './store.js'
import { serveUserInfo } from './user-info.js'

export type { Endpoint, Fault } from './faults.js'
export type { StandInClient, StandInOptions, StandInUser } from './options.js'
export type { StandInEvents } from './realm.js'

export interface StandIn {
  issuer: string
  discoveryUrl: string
  port: number
  /** Requests that arrived, answered or not. */
  counts: Record<Endpoint, number>
  events: Events
  /** Adds a client, or replaces the one of that id. */
  addClient(client: StandInClient): Promise<void>
  /** As an administrator: ends the user's sessions and sends the logout requests. */
  logoutUser(username: string): Promise<void>
  /** As an administrator: ends one session. */
  logoutSession(sid: string): Promise<void>
  /** The user's sessions time out: their tokens are dead, and nobody is told. */
  expireSessions(username: string): Promise<void>
  /** Who is logged in now, and where. */
  sessions(): OpenSession[]
  /** A new signing key. The old one still verifies, unless it is `retire`d. */
  rotateKeys(options?: { retire?: boolean }): Promise<void>
  /** Out of order from now on, until it is called with `undefined`. Default: token, refresh, discovery, jwks, userinfo. */
  fail(fault: Fault | undefined, where?: readonly Endpoint[]): void
  /** `fail('hang')`; requests that hang go on when it is switched off. */
  hang(on: boolean, where?: readonly Endpoint[]): void
  close(): Promise<void>
}

/** An OpenID provider in this process that a relying party can hardly tell from Keycloak. */
export async function startStandIn(options: StandInOptions): Promise<StandIn> {
  const settings = settle(options)
  const counts = Object.fromEntries(endpoints.map(name => [name, 0])) as Record<Endpoint, number>
  const faults = new Faults()
  const door: { open?: RequestListener } = {}

  const answer: RequestListener = async (req, res) => {
    settings.onRequest(req, res)
    const endpoint = await classify(req)
    if (endpoint) counts[endpoint] += 1
    if (endpoint && (await faults.strike(endpoint, req, res))) return
    if (door.open) door.open(req, res)
    else notFound(req, res)
  }
  const { url, port, close } = await listen({ callback: () => answer }, { port: settings.port, patience: 0 })
  const realm = await createRealm(settings, url)
  let provider = openDoor()
  function openDoor(): Provider {
    const made = createProvider(realm)
    const serve = made.callback()
    door.open = (req, res) => {
      if (serveRealm(realm, req, res)) return
      if (mountRequest(req, realm.mount)) serve(req, res)
      else notFound(req, res)
    }
    return made
  }

  const sessionOf = (uid: string) => provider.Session.findByUid(uid)
  const usersSessions = async (username: string) => {
    const uids = realm.store.sessionsOf(realm.accounts.byName(username)?.sub ?? '')
    return (await Promise.all(uids.map(sessionOf))).filter(session => session !== undefined)
  }
  const backChannel = endpoints.filter(name => name !== 'authorization' && name !== 'end_session')

  return {
    issuer: realm.issuer,
    discoveryUrl: `${realm.issuer}/.well-known/openid-configuration`,
    port,
    counts,
    events: realm.events,
    addClient: client => registerClient(realm, client),
    async logoutUser(username) {
      for (const session of await usersSessions(username)) await endSession(provider, realm, session)
    },
    async logoutSession(sid) {
      const session = await sessionOf(sid)
      if (session) await endSession(provider, realm, session)
    },
    async expireSessions(username) {
      for (const session of await usersSessions(username)) await expireSession(realm, session)
    },
    sessions: () => openSessions(realm),
    async rotateKeys({ retire = false } = {}) {
      realm.keys = [await createKey(), ...(retire ? [] : realm.keys)]
      provider = openDoor()
    },
    fail: (fault, where = backChannel) => faults.set(fault, where),
    hang: (on, where = backChannel) => faults.set(on ? 'hang' : undefined, where),
    close,
  }
}

const mountOf = ({ plain, realm }: StandInSettings) => (plain ? '' : `/realms/${realm}`)

async function createRealm(settings: StandInSettings, origin: string): Promise<Realm> {
  const mount = mountOf(settings)
  const realm: Realm = {
    settings,
    mount,
    issuer: `${origin}${mount}`,
    accounts: new Accounts(settings.users),
    store: new Store(),
    events: createEvents(),
    secret: randomBytes(64).toString('base64url'),
    keys: [await createKey()],
  }
  for (const client of settings.clients) await registerClient(realm, client)
  return realm
}

async function registerClient({ store, settings }: Realm, client: StandInClient): Promise<void> {
  await store.adapter('Client').upsert(client.clientId, clientMetadata(client, !settings.plain))
}

function createProvider(realm: Realm): Provider {
  const { plain } = realm.settings
  const provider = new Provider(
    realm.issuer,
    plain ? plainConfiguration(realm) : keycloakConfiguration(realm),
  )
  serveInteractions(provider, realm)
  reportLogins(provider, realm)
  reportLogoutRequests(provider, realm)
  if (!plain) {
    actLikeKeycloak(provider, realm)
    serveUserInfo(provider, realm)
    skipLogoutWithoutSession(provider)
  }
  return provider
}

function notFound(req: IncomingMessage, res: ServerResponse): void {
  req.resume()
  res.writeHead(404, { 'content-type': 'application/json' }).end('{"error":"HTTP 404 Not Found"}')
}
