import { readFile } from 'node:fs/promises'
import { atLeast } from './version.js'

/** As much of Keycloak's realm representation as is touched here. */
export interface Realm {
  realm: string
  users?: { username: string; realmRoles?: string[] }[]
  attributes?: Record<string, string>
  [property: string]: unknown
}

export interface Administrator {
  user: string
  password: string
}

/** A token for the admin REST API. It lives for a minute only, so it is fetched for each piece of work. */
export async function adminToken(url: string, { user, password }: Administrator): Promise<string> {
  const response = await fetch(`${url}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body: new URLSearchParams({ grant_type: 'password', client_id: 'admin-cli', username: user, password }),
  })
  const body = (await response.json()) as { access_token?: string; error_description?: string }
  if (body.access_token === undefined) {
    throw new Error(`Keycloak at ${url} refused its administrator '${user}': ${body.error_description}`)
  }
  return body.access_token
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
  const realm = fitRealm(JSON.parse(await readFile(file, 'utf8')), version)
  const response = await fetch(`${url}/admin/realms`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await adminToken(url, administrator)}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify(realm),
  })
  const answer = await response.text()
  if (response.ok || response.status === 409) return realm.realm
  throw new Error(`Keycloak ${version} did not import ${file}: ${response.status} ${answer}`)
}

/** Takes out of a realm what an older Keycloak does not know and would refuse. */
export function fitRealm(realm: Realm, version: string): Realm {
  const fitted = structuredClone(realm)
  if (!atLeast(version, 18)) dropStepUp(fitted)
  if (!atLeast(version, 13)) spellOutDefaultRoles(fitted)
  return fitted
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
  for (const user of realm.users ?? []) {
    const roles = user.realmRoles?.flatMap(role =>
      role === composite ? ['offline_access', 'uma_authorization'] : [role],
    )
    if (roles) user.realmRoles = [...new Set(roles)]
  }
}
