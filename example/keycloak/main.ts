import type { Keycloak, StartOptions } from './keycloak.js'
import { freePort } from './port.js'

/** `npm run keycloak`: a Keycloak with the demo realm until Ctrl-C. */
export async function main(start: (options: StartOptions) => Promise<Keycloak>): Promise<void> {
  const port = Number(process.env.KEYCLOAK_PORT || (await freePort(8180)))
  const interrupted = new Promise<void>(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve())
  })
  try {
    const starting = start({ port, say: console.log })
    // Interrupted while starting: leaving is enough, since nothing that was started outlives this process.
    const keycloak = await Promise.race([starting, interrupted.then(() => process.exit(130))])
    console.log(introduction(keycloak))
    const idle = setInterval(() => {}, 2 ** 30)
    await interrupted
    console.log('stopping ...')
    await keycloak.stop()
    clearInterval(idle)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exitCode = 1
  }
}

function introduction({ url, version, adminUser, adminPassword, realmUrl, logFile }: Keycloak): string {
  return `
Keycloak ${version} is ready.

  admin console    ${url}/admin/    ${adminUser} / ${adminPassword}
  configuration    ${realmUrl('demo')}/.well-known/openid-configuration
  client           koa-app (secret s3cret), for http://localhost:2700
  second client    koa-app-two (secret s3cret-two), for http://localhost:2701
  public client    koa-public, for http://localhost:2702
  users            alice / alice (admin, editor), bob / bob, carol / carol (must choose a new password)
${logFile === undefined ? '' : `  log              ${logFile}\n`}
Ctrl-C stops it, and its data are gone then.`
}
