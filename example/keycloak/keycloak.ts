import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { answers, type Booted, boot } from './boot.js'
import { distribution, type Say } from './distribution.js'
import { chooseJdk } from './java.js'
import { ADMIN } from './launch.js'
import { signalGroup } from './leash.js'
import { freePort } from './port.js'
import { prepare, warmData } from './prepare.js'
import { importRealm } from './realm.js'
import { running } from './running.js'
import { isWildFly } from './version.js'

export interface StartOptions {
  /** Which release; default `KEYCLOAK_VERSION`, else that of `KEYCLOAK_HOME`, else the newest known to work. */
  version?: string
  /** Default `KEYCLOAK_PORT`, else any free one. */
  port?: number
  /** Realms to import; default the demo realm. */
  realmFiles?: readonly (string | URL)[]
  /** More arguments for the server's command line. */
  args?: readonly string[]
  /** Told what takes long. Default: nobody. */
  say?: Say
}

export interface Keycloak {
  /** Where it is, without a slash at the end; ends in `/auth` when `legacyPath`. */
  url: string
  /** A realm's address, which is its issuer. */
  realmUrl(name: string): string
  adminUser: string
  adminPassword: string
  version: string
  /** Up to version 16 everything is below `/auth`. */
  legacyPath: boolean
  /** The names of the imported realms. */
  realms: string[]
  /** What the server printed; undefined when it was not started here. */
  logFile: string | undefined
  /** Ends it, with everything it started, and removes its data. Safe to call twice. */
  stop(): Promise<void>
  /** Ends it at once, as a crash does, and keeps its data for `restart()`. */
  kill(): Promise<void>
  /** Lets its process hang: connections are accepted and nothing answers. */
  pause(): void
  resume(): void
  /** Ends it, if it still runs, and starts it again on the same port with the same data. */
  restart(): Promise<void>
}

export const DEMO_REALM = new URL('demo-realm.json', import.meta.url)

/**
 * Starts a real Keycloak, fetched once, with data of its own that are gone after `stop()`, and returns when it
 * serves its realms. With `KEYCLOAK_URL` set, and no version asked for, it uses the one that runs there.
 */
export async function startKeycloak(options: StartOptions = {}): Promise<Keycloak> {
  const realmFiles = options.realmFiles ?? [DEMO_REALM]
  if (process.env.KEYCLOAK_URL && options.version === undefined) {
    return running(process.env.KEYCLOAK_URL, realmFiles)
  }
  const say = options.say ?? (() => {})
  const asked = options.version ?? process.env.KEYCLOAK_VERSION
  const { version, home } = await distribution(
    asked,
    fresh => prepare(fresh, chooseJdk(fresh.version), say),
    say,
  )
  const port = options.port ?? Number(process.env.KEYCLOAK_PORT || (await freePort()))
  const scratch = await mkdtemp(join(tmpdir(), 'koa-keycloak-'))
  const logFile = join(scratch, 'keycloak.log')
  const plan = { version, home, data: scratch, port, jdk: chooseJdk(version), args: options.args ?? [] }
  await cp(warmData(home), scratch, { recursive: true })

  say(`starting Keycloak ${version} on Java ${plan.jdk.major} ...`)
  const realms: string[] = []
  let server: Booted
  try {
    server = await boot(plan, logFile, scratch)
  } catch (error) {
    await rm(scratch, { recursive: true, force: true })
    throw error
  }
  const realmUrl = (name: string) => `${server.url}/realms/${name}`
  const stop = async () => {
    await server.stop()
    await rm(scratch, { recursive: true, force: true })
  }
  try {
    for (const file of realmFiles) realms.push(await importRealm(server.url, version, file, ADMIN))
    await serveAll(realms.map(realmUrl))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url: server.url,
    realmUrl,
    adminUser: ADMIN.user,
    adminPassword: ADMIN.password,
    version,
    legacyPath: isWildFly(version),
    realms,
    logFile,
    stop,
    kill: () => server.kill(),
    pause: () => void signalGroup(server.group, 'SIGSTOP'),
    resume: () => void signalGroup(server.group, 'SIGCONT'),
    restart: async () => {
      await server.stop()
      server = await boot(plan, logFile, scratch)
      await serveAll(realms.map(realmUrl))
    },
  }
}

async function serveAll(realmUrls: readonly string[]): Promise<void> {
  for (const url of realmUrls) {
    if (!(await answers(`${url}/.well-known/openid-configuration`))) {
      throw new Error(`Keycloak does not serve ${url}.`)
    }
  }
}

if (argv[1] !== undefined && existsSync(argv[1]) && fileURLToPath(import.meta.url) === argv[1]) {
  const { main } = await import('./main.js')
  await main(startKeycloak)
}
