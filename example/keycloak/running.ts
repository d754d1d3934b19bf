import { adminToken } from './admin-call.js'
import { answers } from './boot.js'
import type { Keycloak } from './keycloak.js'
import { importRealm } from './realm.js'

/**
 * A Keycloak that somebody else runs, at `KEYCLOAK_URL`, with the administrator of `KEYCLOAK_ADMIN` and
 * `KEYCLOAK_ADMIN_PASSWORD`. It gets the realms it lacks, and it is neither stopped nor started from here.
 */
export async function running(address: string, realmFiles: readonly (string | URL)[]): Promise<Keycloak> {
  const url = address.replace(/\/+$/, '')
  const user = process.env.KEYCLOAK_ADMIN || 'admin'
  const password = process.env.KEYCLOAK_ADMIN_PASSWORD || 'admin'
  if (!(await answers(`${url}/realms/master`))) {
    throw new Error(`No Keycloak answers at ${url} (KEYCLOAK_URL). Before 17 the address ends in /auth.`)
  }
  const version = await versionOf(url, await adminToken(url, { user, password }))
  const realms: string[] = []
  for (const file of realmFiles) realms.push(await importRealm(url, version, file, { user, password }))
  const notOurs = () => {
    throw new Error('This Keycloak was not started here (KEYCLOAK_URL), so it is not ours to stop.')
  }
  return {
    url,
    realmUrl: name => `${url}/realms/${name}`,
    adminUser: user,
    adminPassword: password,
    version,
    legacyPath: url.endsWith('/auth'),
    realms,
    logFile: undefined,
    stop: async () => {},
    kill: async () => notOurs(),
    pause: notOurs,
    resume: notOurs,
    restart: async () => notOurs(),
  }
}

async function versionOf(url: string, token: string): Promise<string> {
  const response = await fetch(`${url}/admin/serverinfo`, { headers: { authorization: `Bearer ${token}` } })
  const info = (await response.json()) as { systemInfo?: { version?: string } }
  return info.systemInfo?.version ?? '0.0.0'
}
