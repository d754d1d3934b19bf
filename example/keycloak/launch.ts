import { join } from 'node:path'
import { type Jdk, javaEnv } from './java.js'
import { freePort } from './port.js'
import { atLeast, isWildFly } from './version.js'

export const ADMIN = { user: 'admin', password: 'admin' }

export interface Plan {
  version: string
  /** The unpacked server, which stays as it is. */
  home: string
  /** The folder this run may write into: its database above all. */
  data: string
  port: number
  jdk: Jdk
  /** More arguments for the server's own command line. */
  args: readonly string[]
}

export interface Launch {
  command: string
  args: string[]
  env: NodeJS.ProcessEnv
}

/** The command that starts this Keycloak, on loopback only, with its data in `plan.data`. */
export function launch(plan: Plan): Promise<Launch> | Launch {
  return isWildFly(plan.version) ? wildFly(plan) : quarkus(plan)
}

/** What is said when the server is built must be said, in the same words, never again when it is started. */
export function quarkusBuildArgs(version: string, features: readonly string[] = []): string[] {
  const cache = atLeast(version, 25) ? [] : ['--cache=local']
  const extra = features.length > 0 ? [`--features=${features.join(',')}`] : []
  return ['build', '--db=dev-file', ...cache, ...extra]
}

function quarkus({ version, home, data, port, jdk, args }: Plan): Launch {
  const hostname = atLeast(version, 25)
    ? [`--hostname=http://localhost:${port}`, '--cache=local']
    : ['--hostname-strict=false', '--hostname-strict-https=false']
  return {
    command: join(home, 'bin/kc.sh'),
    args: [
      'start',
      ...(atLeast(version, 20) ? ['--optimized'] : []),
      '--http-enabled=true',
      '--http-host=127.0.0.1',
      `--http-port=${port}`,
      ...hostname,
      ...args,
    ],
    env: {
      ...javaEnv(jdk),
      // Not an argument: the kc.sh of 17 and 18 would end its command at the first semicolon.
      KC_DB_URL: `jdbc:h2:file:${join(data, 'h2/keycloak')};${h2Settings(version)}`,
      JAVA_OPTS_APPEND: '-Xms128m -Xmx768m -XX:TieredStopAtLevel=1',
      // Read only when the master realm is made. From 26 on these are the bootstrap names, before it the others.
      KC_BOOTSTRAP_ADMIN_USERNAME: ADMIN.user,
      KC_BOOTSTRAP_ADMIN_PASSWORD: ADMIN.password,
      ...(atLeast(version, 26)
        ? {}
        : { KEYCLOAK_ADMIN: ADMIN.user, KEYCLOAK_ADMIN_PASSWORD: ADMIN.password }),
    },
  }
}

/** The H2 of 20 and later would take the name of one of Keycloak's columns for a keyword; 1.4 has no such setting. */
function h2Settings(version: string): string {
  return `${atLeast(version, 20) ? 'NON_KEYWORDS=VALUE;' : ''}DB_CLOSE_ON_EXIT=FALSE`
}

async function wildFly({ home, data, port, jdk, args }: Plan): Promise<Launch> {
  const ports = {
    'jboss.http.port': port,
    'jboss.https.port': await freePort(),
    'jboss.ajp.port': await freePort(),
    'jboss.management.http.port': await freePort(),
    'jboss.management.https.port': await freePort(),
  }
  return {
    command: join(home, 'bin/standalone.sh'),
    args: [
      `-Djboss.server.base.dir=${join(data, 'standalone')}`,
      ...Object.entries(ports).map(([name, value]) => `-D${name}=${value}`),
      ...args,
    ],
    env: { ...javaEnv(jdk), JAVA_OPTS: wildFlyJavaOptions(jdk) },
  }
}

/** Java 16 and later close their insides to reflection, which these servers of before its time live on. */
export function wildFlyJavaOptions(jdk: Jdk): string {
  const options = ['-Xms128m', '-Xmx768m', '-XX:TieredStopAtLevel=1', '-Djava.net.preferIPv4Stack=true']
  const packages = [
    'java.base/java.io',
    'java.base/java.lang',
    'java.base/java.lang.invoke',
    'java.base/java.lang.reflect',
    'java.base/java.net',
    'java.base/java.security',
    'java.base/java.util',
    'java.base/java.util.concurrent',
    'java.management/javax.management',
    'java.naming/javax.naming',
  ]
  if (jdk.major >= 9) options.push(...packages.map(name => `--add-opens=${name}=ALL-UNNAMED`))
  options.push('-Djboss.modules.system.pkgs=org.jboss.byteman', '-Djava.awt.headless=true')
  return options.join(' ')
}
