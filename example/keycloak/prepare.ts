import { cp, mkdir, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { boot } from './boot.js'
import type { Distribution, Say } from './distribution.js'
import { chooseJdk, type Jdk, javaEnv } from './java.js'
import { ADMIN, quarkusBuildArgs, wildFlyJavaOptions } from './launch.js'
import { run } from './leash.js'
import { freePort } from './port.js'
import { isWildFly } from './version.js'

/** Where a prepared server keeps the data that every run starts from. */
export function warmData(home: string): string {
  return join(home, '.warm')
}

/**
 * Does what is slow about a Keycloak's start once and for all: builds it, and boots it a first time, which
 * makes the database and the administrator. Runs then start from a copy of that data.
 */
export async function prepare(
  { version, home }: Distribution,
  say: Say,
  features: readonly string[] = [],
): Promise<void> {
  const jdk = chooseJdk(version)
  const data = warmData(home)
  await mkdir(data, { recursive: true })
  say(`preparing Keycloak ${version} on Java ${jdk.major} (only this once) ...`)
  await (isWildFly(version) ? makeWildFly(home, data, jdk) : buildQuarkus(version, home, jdk, features))
  const plan = { version, home, data, port: await freePort(), jdk, args: [] }
  const booted = await boot(plan, join(data, 'first-start.log'), dirname(home))
  await booted.stop()
  if (isWildFly(version)) await forgetFirstStart(home, data)
}

/** WildFly writes down where its log is, for the next start, which will be elsewhere. */
async function forgetFirstStart(home: string, data: string): Promise<void> {
  const logging = 'standalone/configuration/logging.properties'
  await cp(join(home, logging), join(data, logging))
  for (const folder of ['tmp', 'log'])
    await rm(join(data, 'standalone', folder), { recursive: true, force: true })
}

async function buildQuarkus(
  version: string,
  home: string,
  jdk: Jdk,
  features: readonly string[],
): Promise<void> {
  await run(join(home, 'bin/kc.sh'), quarkusBuildArgs(version, features), {
    env: javaEnv(jdk),
    scratch: dirname(home),
  })
}

async function makeWildFly(home: string, data: string, jdk: Jdk): Promise<void> {
  await cp(join(home, 'standalone'), join(data, 'standalone'), { recursive: true })
  const configuration = join(data, 'standalone/configuration')
  await run(
    join(home, 'bin/add-user-keycloak.sh'),
    ['-u', ADMIN.user, '-p', ADMIN.password, '--sc', configuration],
    { env: { ...javaEnv(jdk), JAVA_OPTS: wildFlyJavaOptions(jdk) }, scratch: dirname(home) },
  )
}
