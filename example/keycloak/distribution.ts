import { createHash } from 'node:crypto'
import { existsSync, statSync } from 'node:fs'
import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join, relative, resolve } from 'node:path'
import { chooseJdk, javaEnv } from './java.js'
import { run } from './leash.js'
import { isWildFly, NEWEST } from './version.js'

export interface Distribution {
  version: string
  /** The unpacked server. It is shared by every run, so nothing of a run may be written here. */
  home: string
}

export type Say = (line: string) => void

/** Outside any repository, so that a clone stays small and a second clone fetches nothing. */
export function cacheFolder(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'koa-keycloak')
}

/**
 * An unpacked Keycloak, of the version asked for or the one in `KEYCLOAK_HOME`, ready to be started.
 *
 * With `features` it is another one, which is built with these. `finish` is called once with the new folder, before anyone else can see it. `KEYCLOAK_HOME` is copied:
 * getting a Keycloak ready writes into it, and that one belongs to somebody.
 */
export async function distribution(
  version: string | undefined,
  finish: (fresh: Distribution, say: Say) => Promise<void>,
  say: Say,
  features: readonly string[] = [],
): Promise<Distribution> {
  const owned = version === undefined ? process.env.KEYCLOAK_HOME : undefined
  const source = owned === undefined ? fetched(version ?? NEWEST) : await unpacked(resolve(owned))
  const home = join(cacheFolder(), [source.name, ...features].join('+'))
  if (existsSync(home)) return { version: source.version, home }

  chooseJdk(source.version) // throws before anything is fetched in vain
  await mkdir(cacheFolder(), { recursive: true })
  const scratch = await mkdtemp(join(cacheFolder(), '.new-'))
  try {
    const fresh = { version: source.version, home: await source.into(scratch, say) }
    await finish(fresh, say)
    await publish(fresh.home, home)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
  return { version: source.version, home }
}

interface Source {
  version: string
  /** What the cache calls it. */
  name: string
  /** Puts the server into a folder of its own inside `scratch` and returns that folder. */
  into: (scratch: string, say: Say) => Promise<string>
}

/** Maven unpacks too, so no unzip is needed, and keeps what it fetched for the next time. */
function fetched(version: string): Source {
  const artifact = isWildFly(version) ? 'keycloak-server-dist' : 'keycloak-quarkus-dist'
  const into = async (scratch: string, say: Say) => {
    say(`fetching Keycloak ${version} with Maven (about 200 MB, only this once) ...`)
    const coordinates = `-Dartifact=org.keycloak:${artifact}:${version}:zip`
    try {
      const args = ['-B', '-q', 'dependency:unpack', coordinates, `-DoutputDirectory=${scratch}`]
      // In the scratch folder, since Maven notes in the folder it works in what it has unpacked already.
      await run('mvn', args, { cwd: scratch, scratch, env: javaEnv(chooseJdk(version)) })
    } catch (error) {
      throw new Error(explain(error, version), { cause: error })
    }
    const folder = (await readdir(scratch)).find(name => name.startsWith('keycloak'))
    if (folder === undefined) throw new Error(`Maven's archive of Keycloak ${version} is empty.`)
    return join(scratch, folder)
  }
  return { version, name: `keycloak-${version}`, into }
}

function explain(error: unknown, version: string): string {
  if (error instanceof Error && 'code' in error && error.code === 'ENOENT') {
    return (
      'Maven (mvn) is needed to fetch Keycloak, and is not on the PATH. Install it (Debian: apt-get install ' +
      'maven), or set KEYCLOAK_HOME to an unpacked Keycloak, or KEYCLOAK_URL to a running one.'
    )
  }
  const words = error instanceof Error ? error.message : String(error)
  const missing = /Could not find artifact|Failure to find|not found in/i.test(words)
  if (missing) return `Maven's repository has no Keycloak ${version}. Choose another with KEYCLOAK_VERSION.`
  return `Keycloak ${version} could not be fetched. ${words}`
}

async function unpacked(home: string): Promise<Source> {
  const stamp = join(home, 'version.txt')
  if (!existsSync(stamp))
    throw new Error(`KEYCLOAK_HOME (${home}) holds no unpacked Keycloak: no version.txt.`)
  const version = /(\d+\.\d+\.\d+)/.exec(await readFile(stamp, 'utf8'))?.[1]
  if (version === undefined) throw new Error(`KEYCLOAK_HOME (${home}) does not say its version.`)
  const identity = createHash('sha256')
    .update(`${home} ${statSync(stamp).mtimeMs}`)
    .digest('hex')
    .slice(0, 12)
  const into = async (scratch: string, say: Say) => {
    say(`copying Keycloak ${version} from KEYCLOAK_HOME (only this once) ...`)
    const filter = (path: string) => !['data', 'standalone/data'].includes(relative(home, path))
    await cp(home, join(scratch, 'keycloak'), { recursive: true, filter })
    return join(scratch, 'keycloak')
  }
  return { version, name: `keycloak-${version}-${identity}`, into }
}

/** Two runs may get the same version ready at once: the first to be done wins, and both use its folder. */
async function publish(fresh: string, home: string): Promise<void> {
  try {
    await rename(fresh, home)
  } catch (error) {
    if (!existsSync(home)) throw error
  }
}
