import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv } from 'node:process'
import { fileURLToPath } from 'node:url'
import { answers, type Booted, baseUrl, boot } from './boot.js'
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
  /** Features that the server is built with, besides its own: `ssf`. A Keycloak of 17 and later. */
  features?: readonly string[]
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
  const { plan, logFile, discard } = await preparation(options)
  let server: Booted | undefined
  const realms: string[] = []
  const url = baseUrl(plan.version, plan.port)
  const realmUrl = (name: string) => `${url}/realms/${name}`
  const start = async () => {
    server = await boot(plan, logFile, plan.data)
    for (const name of realms) await requireServed(realmUrl(name))
  }
  const stop = async () => {
    await server?.stop()
    await discard()
  }
  const signal = (name: NodeJS.Signals) => void (server && signalGroup(server.group, name))
  try {
    await start()
    for (const file of realmFiles) realms.push(await importRealm(url, plan.version, file, ADMIN))
    for (const name of realms) await requireServed(realmUrl(name))
  } catch (error) {
    await stop()
    throw error
  }
  return {
    url,
    realmUrl,
    adminUser: ADMIN.user,
    adminPassword: ADMIN.password,
    version: plan.version,
    legacyPath: isWildFly(plan.version),
    realms,
    logFile,
    stop,
    kill: async () => server?.kill(),
    pause: () => signal('SIGSTOP'),
    resume: () => signal('SIGCONT'),
    restart: async () => {
      await server?.stop()
      await start()
    },
  }
}

/** All that a start needs: the server, a Java, a port, and a fresh copy of the data in a folder of its own. */
async function preparation(options: StartOptions) {
  const say = options.say ?? (() => {})
  const asked = options.version ?? (process.env.KEYCLOAK_VERSION || undefined)
  const { version, home } = await distribution(
    asked,
    (fresh, tell) => prepare(fresh, tell, options.features),
    say,
    options.features,
  )
  const jdk = chooseJdk(version)
  const port = await choosePort(options.port ?? Number(process.env.KEYCLOAK_PORT || 0))
  const data = await mkdtemp(join(tmpdir(), 'koa-keycloak-'))
  await cp(warmData(home), data, { recursive: true })
  say(`starting Keycloak ${version} on Java ${jdk.major} ...`)
  return {
    plan: { version, home, data, port, jdk, args: options.args ?? [] },
    logFile: join(data, 'keycloak.log'),
    discard: () => rm(data, { recursive: true, force: true }),
  }
}

/** Whoever else listens there might answer in our Keycloak's place. */
async function choosePort(wanted: number): Promise<number> {
  const port = await freePort(wanted)
  if (wanted === 0 || port === wanted) return port
  throw new Error(`Port ${wanted} is taken. Choose another with KEYCLOAK_PORT.`)
}

async function requireServed(realmUrl: string): Promise<void> {
  if (await answers(`${realmUrl}/.well-known/openid-configuration`)) return
  throw new Error(`Keycloak does not serve ${realmUrl}.`)
}

if (argv[1] !== undefined && existsSync(argv[1]) && fileURLToPath(import.meta.url) === argv[1]) {
  const { main } = await import('./main.js')
  await main(startKeycloak)
}
