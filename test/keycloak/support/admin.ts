import { type AdminCall, adminCall } from '../../../example/keycloak/admin-call.js'

/** A record as the admin REST API shows it, of which only what tests use is named. */
export interface UserRecord {
  id: string
  username: string
  enabled: boolean
  requiredActions?: string[]
}

export interface SessionRecord {
  /** What tokens call `sid`. */
  id: string
  username: string
  userId: string
  /** Client ids by their internal ids. */
  clients: Record<string, string>
}

export interface ClientRecord {
  id: string
  clientId: string
  attributes?: Record<string, string>
  [property: string]: unknown
}

export interface NewUser {
  username: string
  /** Default: the username. */
  password?: string
  realmRoles?: string[]
  requiredActions?: string[]
  [property: string]: unknown
}

interface KeyRecord {
  kid: string
  providerId: string
  algorithm?: string
  use?: string
  status: string
}

interface ComponentRecord {
  id: string
  providerId: string
  config: Record<string, string[]>
  [property: string]: unknown
}

/** What an administrator does in the console, for one realm, over Keycloak's admin REST API. */
export interface Admin {
  /** One call of the REST API below `/admin/realms/{realm}`; throws with Keycloak's own words when refused. */
  call: AdminCall

  createUser(user: NewUser): Promise<UserRecord>
  findUser(username: string): Promise<UserRecord>
  updateUser(username: string, changes: Record<string, unknown>): Promise<void>
  deleteUser(username: string): Promise<void>
  setPassword(username: string, password: string): Promise<void>
  /** Enabled, without required actions, with the given password (default: the username) and no session. */
  resetUser(username: string, password?: string): Promise<void>
  enableUser(username: string, enabled: boolean): Promise<void>
  /** Gives a user a role of the realm. */
  grantRole(username: string, role: string): Promise<void>

  sessions(username: string): Promise<SessionRecord[]>
  offlineSessions(username: string, clientId: string): Promise<SessionRecord[]>
  /** Ends all sessions of a user; their applications are told by a logout request. */
  logoutUser(username: string): Promise<void>
  /** Ends one session; its applications are told by a logout request. */
  deleteSession(sid: string, options?: { offline?: boolean }): Promise<void>
  /** Ends all sessions of the realm; no application is told. */
  logoutAll(): Promise<void>

  findClient(clientId: string): Promise<ClientRecord>
  createClient(client: Record<string, unknown> & { clientId: string }): Promise<ClientRecord>
  /** Changes a client; `attributes` are merged with those it has. */
  updateClient(clientId: string, changes: Record<string, unknown>): Promise<ClientRecord>
  deleteClient(clientId: string): Promise<void>

  realm(): Promise<Record<string, unknown>>
  updateRealm(changes: Record<string, unknown>): Promise<void>
  deleteRealm(): Promise<void>

  /** The `kid` of the key that signs RS256 tokens now. */
  activeKey(): Promise<string>
  /** Makes a new key sign; the old ones go on verifying unless they are to be disabled. Returns its `kid`. */
  rotateKeys(options?: { disableOld?: boolean }): Promise<string>
}

/** The admin client of a realm of a running Keycloak, as `startKeycloak()` returns it. */
export function adminOf(
  keycloak: { url: string; adminUser: string; adminPassword: string },
  realmName = 'demo',
): Admin {
  const callAny = adminCall(keycloak.url, { user: keycloak.adminUser, password: keycloak.adminPassword })
  const path = `/${encodeURIComponent(realmName)}`
  const call: AdminCall = (method, below, body) => callAny(method, path + below, body)
  return { call, ...users(call), ...sessions(call), ...clients(call), ...realms(call), ...keys(call) }
}

type Part<Name extends keyof Admin> = Pick<Admin, Name>

function finder<Found>(call: AdminCall, collection: string, key: string) {
  return async (value: string): Promise<Found> => {
    const query = `${collection}?${key}=${encodeURIComponent(value)}`
    const found = ((await call('GET', query)) as Record<string, unknown>[]).find(each => each[key] === value)
    if (found === undefined) throw new Error(`There is no ${key} '${value}' in ${collection}.`)
    return found as Found
  }
}

function users(
  call: AdminCall,
): Part<
  | 'createUser'
  | 'findUser'
  | 'updateUser'
  | 'deleteUser'
  | 'setPassword'
  | 'resetUser'
  | 'enableUser'
  | 'grantRole'
> {
  const findUser = finder<UserRecord>(call, '/users', 'username')
  const path = async (username: string) => `/users/${(await findUser(username)).id}`
  const updateUser: Admin['updateUser'] = async (username, changes) => {
    const address = await path(username)
    const current = (await call('GET', address)) as Record<string, unknown>
    await call('PUT', address, { ...current, ...changes })
  }
  const setPassword: Admin['setPassword'] = async (username, password) => {
    await call('PUT', `${await path(username)}/reset-password`, {
      type: 'password',
      value: password,
      temporary: false,
    })
  }
  return {
    findUser,
    updateUser,
    setPassword,
    createUser: async ({ password, realmRoles = [], ...user }) => {
      // Without a name and an address, Keycloak from 24 on asks for them before it lets anybody in.
      const profile = { email: `${user.username}@example.com`, firstName: user.username, lastName: 'Tester' }
      await call('POST', '/users', { enabled: true, emailVerified: true, ...profile, ...user })
      await setPassword(user.username, password ?? user.username)
      const created = await findUser(user.username)
      const roles = await Promise.all(
        realmRoles.map(role => call('GET', `/roles/${encodeURIComponent(role)}`)),
      )
      if (roles.length > 0) await call('POST', `/users/${created.id}/role-mappings/realm`, roles)
      return created
    },
    deleteUser: async username => void (await call('DELETE', await path(username))),
    grantRole: async (username, role) => {
      const roles = [await call('GET', `/roles/${encodeURIComponent(role)}`)]
      await call('POST', `${await path(username)}/role-mappings/realm`, roles)
    },
    enableUser: (username, enabled) => updateUser(username, { enabled }),
    resetUser: async (username, password = username) => {
      await updateUser(username, { enabled: true, requiredActions: [] })
      await setPassword(username, password)
      await call('POST', `${await path(username)}/logout`)
    },
  }
}

function sessions(
  call: AdminCall,
): Part<'sessions' | 'offlineSessions' | 'logoutUser' | 'deleteSession' | 'logoutAll'> {
  const findUser = finder<UserRecord>(call, '/users', 'username')
  const findClient = finder<ClientRecord>(call, '/clients', 'clientId')
  const path = async (username: string) => `/users/${(await findUser(username)).id}`
  return {
    sessions: async username => (await call('GET', `${await path(username)}/sessions`)) as SessionRecord[],
    offlineSessions: async (username, clientId) => {
      const { id } = await findClient(clientId)
      return (await call('GET', `${await path(username)}/offline-sessions/${id}`)) as SessionRecord[]
    },
    logoutUser: async username => void (await call('POST', `${await path(username)}/logout`)),
    deleteSession: async (sid, { offline = false } = {}) => {
      // Since 26.5 a session's id is base64 and may hold characters that a path does not take as they are.
      const query = offline ? '?isOffline=true' : ''
      await call('DELETE', `/sessions/${encodeURIComponent(sid)}${query}`)
    },
    logoutAll: async () => void (await call('POST', '/logout-all')),
  }
}

function clients(call: AdminCall): Part<'findClient' | 'createClient' | 'updateClient' | 'deleteClient'> {
  const findClient = finder<ClientRecord>(call, '/clients', 'clientId')
  return {
    findClient,
    createClient: async client => {
      await call('POST', '/clients', client)
      return findClient(client.clientId)
    },
    updateClient: async (clientId, changes) => {
      const current = await findClient(clientId)
      const attributes = {
        ...current.attributes,
        ...(changes.attributes as Record<string, string> | undefined),
      }
      await call('PUT', `/clients/${current.id}`, { ...current, ...changes, attributes })
      return findClient((changes.clientId as string | undefined) ?? clientId)
    },
    deleteClient: async clientId =>
      void (await call('DELETE', `/clients/${(await findClient(clientId)).id}`)),
  }
}

function realms(call: AdminCall): Part<'realm' | 'updateRealm' | 'deleteRealm'> {
  const realm = async () => (await call('GET', '')) as Record<string, unknown>
  return {
    realm,
    updateRealm: async changes => void (await call('PUT', '', { ...(await realm()), ...changes })),
    deleteRealm: async () => void (await call('DELETE', '')),
  }
}

function keys(call: AdminCall): Part<'activeKey' | 'rotateKeys'> {
  const activeKey = async () => {
    const { active } = (await call('GET', '/keys')) as { active: Record<string, string>; keys: KeyRecord[] }
    const kid = active.RS256
    if (kid === undefined) throw new Error('The realm has no active RS256 key.')
    return kid
  }
  const components = async () =>
    ((await call('GET', '/components?type=org.keycloak.keys.KeyProvider')) as ComponentRecord[]).filter(
      ({ providerId }) => providerId === 'rsa-generated',
    )
  return {
    activeKey,
    rotateKeys: async ({ disableOld = false } = {}) => {
      const old = await components()
      const highest = Math.max(0, ...old.map(({ config }) => Number(config.priority?.[0] ?? 0)))
      const { id } = (await call('GET', '')) as { id: string }
      await call('POST', '/components', {
        name: `rsa-generated-${highest + 1}`,
        parentId: id,
        providerId: 'rsa-generated',
        providerType: 'org.keycloak.keys.KeyProvider',
        config: {
          priority: [String(highest + 1)],
          enabled: ['true'],
          active: ['true'],
          algorithm: ['RS256'],
        },
      })
      if (disableOld) {
        for (const component of old) {
          const config = { ...component.config, enabled: ['false'], active: ['false'] }
          await call('PUT', `/components/${component.id}`, { ...component, config })
        }
      }
      return activeKey()
    },
  }
}
