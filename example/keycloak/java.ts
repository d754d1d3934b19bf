import { existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { atLeast } from './version.js'

export interface Jdk {
  home: string
  /** 17 for 17.0.15, 8 for 1.8.0_402. */
  major: number
}

/**
 * The oldest and the youngest Java that a Keycloak runs on: what its own documentation supports, widened by
 * what was seen to work.
 */
export function javaRange(version: string): [oldest: number, youngest: number] {
  if (atLeast(version, 26, 6)) return [17, 25]
  if (atLeast(version, 22)) return [17, 21]
  if (atLeast(version, 17)) return [11, 17]
  return [8, 17]
}

/** Every Java here: the one `JAVA_HOME` names, the one on the `PATH`, and those in the usual places. */
export function findJdks(): Jdk[] {
  const homes = [
    process.env.JAVA_HOME,
    ...(process.env.PATH ?? '').split(delimiter).map(folder => homeOf(join(folder, 'java'))),
    ...children('/usr/lib/jvm'),
    ...children('/Library/Java/JavaVirtualMachines').map(folder => join(folder, 'Contents/Home')),
    ...children(join(homedir(), '.sdkman/candidates/java')),
  ]
  const found = new Map<string, Jdk>()
  for (const home of homes) {
    if (!home || !existsSync(join(home, 'bin/java'))) continue
    const major = majorOf(home)
    if (major) found.set(realpathSync(home), { home: realpathSync(home), major })
  }
  return [...found.values()]
}

/** The Java to run a Keycloak with: `JAVA_HOME` when it fits, else the youngest that does. */
export function chooseJdk(version: string, jdks = findJdks()): Jdk {
  const [oldest, youngest] = javaRange(version)
  const fitting = jdks.filter(({ major }) => major >= oldest && major <= youngest)
  const named = process.env.JAVA_HOME && realpath(process.env.JAVA_HOME)
  const best = fitting.find(({ home }) => home === named) ?? fitting.sort((a, b) => b.major - a.major)[0]
  if (best) return best
  const seen = jdks.length === 0 ? 'no Java was found' : `found only ${jdks.map(jdk => jdk.major).join(', ')}`
  throw new Error(
    `Keycloak ${version} needs Java ${oldest} to ${youngest}, and ${seen}. ` +
      `Install one (Debian: apt-get install openjdk-17-jre-headless) or point JAVA_HOME at it.`,
  )
}

/** The environment for a script that runs Java: with this Java, and without any setting meant for another. */
export function javaEnv(jdk: Jdk): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(KC_|KEYCLOAK_|JAVA|JBOSS_|QUARKUS_)/.test(name),
  )
  // On the PATH as well: the kc.sh of 17 and 18 looks nowhere else.
  const path = [join(jdk.home, 'bin'), process.env.PATH].join(delimiter)
  return { ...Object.fromEntries(kept), JAVA_HOME: jdk.home, PATH: path }
}

function majorOf(home: string): number | undefined {
  const release = join(home, 'release')
  if (!existsSync(release)) return undefined
  const number = /^JAVA_VERSION="(?:1\.)?(\d+)/m.exec(readFileSync(release, 'utf8'))?.[1]
  return number === undefined ? undefined : Number(number)
}

/** `java` on the `PATH` is a chain of links that ends in the `bin` of a Java's home. */
function homeOf(java: string): string | undefined {
  const target = realpath(java)
  return target === undefined ? undefined : dirname(dirname(target))
}

function realpath(path: string): string | undefined {
  return existsSync(path) ? realpathSync(path) : undefined
}

function children(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder).map(name => join(folder, name)) : []
}
