import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from 'mocha'
import { DEMO_REALM, type Keycloak, startKeycloak } from '../../../example/keycloak/keycloak.js'
import { clientFor, importRealm } from '../../../example/keycloak/realm.js'
import { atLeast } from '../../../example/keycloak/version.js'
import { clientRepresentation, type DoctorOptions, doctor } from '../../../src/doctor/index.js'
import { createKeycloak } from '../../../src/index.js'
import { startApp, type TestApp, type TestAppOptions } from '../../support/app/app.js'
import type { Page } from '../../support/browser/page.js'
import type { UserAgent } from '../../support/browser/user-agent.js'
import { needs } from '../../support/parts.js'
import { type Admin, adminOf } from './admin.js'
import { browser, send } from './browser.js'
import { loginForm, screenOf } from './login-form.js'

if (!process.env.KEYCLOAK_URL) {
  if (!process.env.JAVA_HOME) needs('java')
  if (!process.env.KEYCLOAK_HOME) needs('maven')
}

/** The Keycloak that all journeys of one run share: its version is that of `KEYCLOAK_VERSION`. */
let started: Keycloak | undefined

export const mochaHooks = {
  async beforeAll(this: Context) {
    this.timeout(600_000)
    started = await startKeycloak({ say: line => console.log(line) })
  },
  async afterAll(this: Context) {
    this.timeout(60_000)
    await started?.stop()
  },
}

export function keycloak(): Keycloak {
  if (!started) throw new Error('Keycloak is not started: run this with the root hooks of shared.ts')
  return started
}

export function admin(realm = 'demo'): Admin {
  return adminOf(keycloak(), realm)
}

/** Skips a journey that this version has no part in; the table at the end shows it as such. */
export function since(context: Context, major: number, minor = 0): void {
  if (!atLeast(keycloak().version, major, minor)) context.skip()
}

export interface RealmAppOptions extends TestAppOptions {
  clientId?: 'koa-app' | 'koa-app-two' | 'koa-public'
  realm?: string
  /** Further changes of the client, as the admin REST API has them. */
  clientChanges?: Record<string, unknown>
}

const secrets = { 'koa-app': 's3cret', 'koa-app-two': 's3cret-two', 'koa-public': undefined }

/**
 * An application that is one of the demo realm's clients. Keycloak gets the client that `clientRepresentation()`
 * describes, with the address that the application has this time.
 */
export async function realmApp(options: RealmAppOptions = {}): Promise<TestApp> {
  const { clientId = 'koa-app', realm = 'demo', clientChanges, ...appOptions } = options
  const secret = secrets[clientId]
  const own = {
    configuration: `${keycloak().realmUrl(realm)}/.well-known/openid-configuration`,
    clientId,
    ...(secret !== undefined && { clientSecret: secret }),
    legacy: !atLeast(keycloak().version, 18),
  }
  const provider = {
    discoveryUrl: own.configuration,
    async addClient(client: { redirectUris: string[] }) {
      const { origin } = new URL(client.redirectUris[0] ?? '')
      const represented = clientRepresentation(createKeycloak(own), {
        ...doctorOptions(clientId, origin),
        secret: true, // older versions show it masked, and would take the mask for it
      })
      const { attributes, ...changes } = clientChanges ?? {}
      await admin(realm).updateClient(clientId, {
        consentRequired: false,
        ...clientFor(represented, keycloak().version),
        ...changes,
        attributes: { ...represented.attributes, ...(attributes as object) },
      })
    },
  }
  return startApp(provider, { ...own, ...appOptions })
}

/** What the application of that client, at that address, tells the doctor of itself. */
export function doctorOptions(clientId: string, baseUrl: string) {
  return { baseUrl, postLogoutRedirectUris: ['/', '/bye'], serviceAccount: clientId === 'koa-app' }
}

/** What the doctor finds about an application: the codes. */
export async function foundBy(app: TestApp, options: DoctorOptions = {}): Promise<string[]> {
  const { provider } = app.keycloak
  const { findings } = await doctor(app.keycloak, {
    ...doctorOptions(provider.clientId, app.url),
    ...options,
  })
  return findings.map(({ code }) => code)
}

/** The administrator of the Keycloak that runs. */
export function administrator(): { user: string; password: string } {
  const { adminUser: user, adminPassword: password } = keycloak()
  return { user, password }
}

/** A second realm, made like the demo realm. */
export async function newRealm(name: string): Promise<{ url: string; remove(): Promise<void> }> {
  const { url, version, adminUser: user, adminPassword: password, realmUrl } = keycloak()
  const demo = JSON.parse(await readFile(DEMO_REALM, 'utf8'))
  const folder = await mkdtemp(join(tmpdir(), 'realm-'))
  const file = join(folder, 'realm.json')
  try {
    await writeFile(
      file,
      JSON.stringify({ ...demo, realm: name }).replaceAll('default-roles-demo', `default-roles-${name}`),
    )
    await importRealm(url, version, file, { user, password })
  } finally {
    await rm(folder, { recursive: true })
  }
  return { url: realmUrl(name), remove: () => admin(name).deleteRealm() }
}

let people = 0

/** A user of this test's own, whose password is the name. */
export async function newUser(properties: Record<string, unknown> = {}, realm = 'demo'): Promise<string> {
  const username = `user${process.pid}-${++people}`
  await admin(realm).createUser({ username, ...properties })
  return username
}

/** Goes to an address that needs a login, logs in at Keycloak, and ends where that leads. */
export async function logIn(
  agent: UserAgent,
  url: string,
  username: string,
  password = username,
): Promise<Page> {
  const page = await agent.goto(url)
  if (page.status !== 200 || page.header('content-type').includes('json')) return page
  if (screenOf(page) !== 'login') return page
  return send(agent, page, loginForm(page, { username, password }))
}

/** A browser in which that user is logged in to the application. */
export async function loggedIn(app: TestApp, username: string): Promise<UserAgent> {
  const agent = browser()
  const page = await logIn(agent, `${app.url}/private`, username)
  if (page.url !== `${app.url}/private`) throw new Error(`The login ended on ${page.url}: ${page.text}`)
  return agent
}

/** Whether the application takes this browser for logged in. */
export async function isLoggedIn(agent: UserAgent, app: TestApp): Promise<boolean> {
  return (await agent.goto(`${app.url}/`)).json<{ loggedIn: boolean }>().loggedIn
}

/** Errors that are not a visitor's own doing. */
export function seriousErrors(...apps: TestApp[]): Error[] {
  return apps.flatMap(({ errors }) => errors).filter(error => !('expose' in error && error.expose))
}

/** What a user does who clicks on "log out" in the application. */
export function logOut(agent: UserAgent, app: TestApp, query = 'redirectUri=/bye'): Promise<Page> {
  return agent.goto(`${app.url}/openid/logout?${query}`, { site: 'same-origin' })
}
