import { readFile } from 'node:fs/promises'
import { type Administrator, adminCall } from './admin-call.js'
import { type AuthenticatorConfig, type Flow, makeFlows } from './flows.js'
import { atLeast } from './version.js'

/** As much of Keycloak's client representation as is touched here. */
export interface Client {
  redirectUris?: readonly string[]
  attributes?: Readonly<Record<string, string>>
}

/** As much of Keycloak's realm representation as is touched here. */
export interface Realm {
  realm: string
  clients?: Client[]
  users?: { username: string; realmRoles?: string[] }[]
  attributes?: Record<string, string>
  browserFlow?: string
  authenticationFlows?: Flow[]
  authenticatorConfig?: AuthenticatorConfig[]
  [property: string]: unknown
}

/**
 * Imports a realm file, as "Create realm" in the admin console does; a realm that is there already is left as
 * it is. Returns the realm's name.
 */
export async function importRealm(
  url: string,
  version: string,
  file: string | URL,
  administrator: Administrator,
): Promise<string> {
  const realm = forVersion(JSON.parse(await readFile(file, 'utf8')), version)
  const call = adminCall(url, administrator)
  if (await exists(url, realm.realm)) return realm.realm

  const { authenticationFlows = [], authenticatorConfig = [], browserFlow, ...rest } = realm
  const flowsApart = authenticationFlows.length > 0 && !atLeast(version, 24)
  await call('POST', '', flowsApart ? rest : realm)
  if (flowsApart) {
    const path = `/${encodeURIComponent(realm.realm)}`
    await makeFlows(
      (method, below, body) => call(method, path + below, body),
      authenticationFlows,
      authenticatorConfig,
    )
    if (browserFlow !== undefined) await call('PUT', path, { browserFlow })
  }
  return realm.realm
}

async function exists(url: string, realm: string): Promise<boolean> {
  const response = await fetch(`${url}/realms/${encodeURIComponent(realm)}`)
  await response.arrayBuffer()
  return response.ok
}

/** Takes out of a realm what an older Keycloak does not know and would refuse. */
export function forVersion(realm: Realm, version: string): Realm {
  const fitted = structuredClone(realm)
  if (fitted.clients) fitted.clients = fitted.clients.map(client => clientFor(client, version))
  if (!atLeast(version, 18)) dropStepUp(fitted)
  if (!atLeast(version, 13)) spellOutDefaultRoles(fitted)
  return fitted
}

/** A list of their own for the addresses after a logout came with 19; before it they are redirect URIs like others. */
export function clientFor<C extends Client>(client: C, version: string): C {
  const postLogout = client.attributes?.['post.logout.redirect.uris']?.split('##') ?? []
  if (atLeast(version, 19)) return client
  return { ...client, redirectUris: [...new Set([...(client.redirectUris ?? []), ...postLogout])] }
}

/** Levels of authentication came with 18. */
function dropStepUp(realm: Realm): void {
  delete realm.authenticationFlows
  delete realm.authenticatorConfig
  delete realm.browserFlow
  delete realm.attributes?.['acr.loa.map']
}

/** The composite role for what every user may do came with 13. */
function spellOutDefaultRoles(realm: Realm): void {
  const composite = `default-roles-${realm.realm.toLowerCase()}`
  const spelledOut = (role: string) => (role === composite ? ['offline_access', 'uma_authorization'] : [role])
  for (const user of realm.users ?? []) {
    if (user.realmRoles) user.realmRoles = [...new Set(user.realmRoles.flatMap(spelledOut))]
  }
}
