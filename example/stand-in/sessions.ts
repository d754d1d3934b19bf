import type { Provider } from './oidc-provider.js'
import type { Realm } from './realm.js'

type Session = InstanceType<Provider['Session']>

/**
 * Ends a session as Keycloak does: the session and its tokens first, then one logout request after the other,
 * each waited for. What a relying party answers doesn't matter.
 */
export async function endSession(provider: Provider, realm: Realm, session: Session): Promise<void> {
  const { accountId: sub = '', authorizations = {} } = session
  await expireSession(realm, session)
  for (const [clientId, { sid }] of Object.entries(authorizations)) {
    await requestLogout(provider, realm, { clientId, sub, sid })
  }
}

/** Ends a session that was idle for too long: nobody is told. Offline sessions live on. */
export async function expireSession(realm: Realm, session: Session): Promise<void> {
  for (const { grantId, persistsLogout } of Object.values(session.authorizations ?? {})) {
    if (grantId && !persistsLogout) realm.store.revokeGrant(grantId)
  }
  await session.destroy()
}

/** Who is logged in, and to which applications: by the names that the login page gives them. */
export interface OpenSession {
  username: string
  applications: string[]
}

export function openSessions({ store, accounts }: Realm): OpenSession[] {
  return store.sessions().map(({ accountId, authorizations }) => ({
    username: accounts.find(accountId)?.username ?? '',
    applications: Object.keys(authorizations ?? {}).map(id => `${store.client(id)?.client_name ?? id}`),
  }))
}

interface Login {
  clientId: string
  sub: string
  sid: string | undefined
}

async function requestLogout(provider: Provider, realm: Realm, login: Login): Promise<void> {
  const client = await provider.Client.find(login.clientId)
  if (!client?.backchannelLogoutUri) return
  try {
    await notify(client as unknown as BackchannelClient, login)
    realm.events.emit('backchannelSuccess', login)
  } catch (error) {
    realm.events.emit('backchannelError', { ...login, error: error as Error })
  }
}

/** A method that the types of oidc-provider leave out. */
interface BackchannelClient {
  backchannelLogout(sub: string, sid: string | undefined): Promise<void>
}

const notify = (client: BackchannelClient, { sub, sid }: Login) => client.backchannelLogout(sub, sid)
