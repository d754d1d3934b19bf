import type { Keycloak, StartOptions } from './keycloak.js'
import { freePort } from './port.js'

/** `npm run keycloak`: a Keycloak with the demo realm until Ctrl-C. */
export async function main(start: (options: StartOptions) => Promise<Keycloak>): Promise<void> {
  const port = Number(process.env.KEYCLOAK_PORT || (await freePort(8180)))
  const interrupted = new Promise<void>(resolve => {
    // `on`, not `once`: tsx and npm pass a Ctrl-C on which the terminal has given to everyone already.
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => resolve())
  })
  try {
    const keycloak = await Promise.race([start({ port, say: console.log }), interrupted])
    // Interrupted while starting: leaving is enough, since nothing that was started outlives this process.
    if (!keycloak) process.exit(130)
    console.log(introduction(keycloak))
    if (keycloak.logFile === undefined) return console.log('It was running already, and goes on.')
    console.log(`  log              ${keycloak.logFile}\n\nCtrl-C stops it, and its data are gone then.`)
    const idle = setInterval(() => {}, 2 ** 30)
    await interrupted
    console.log('stopping ...')
    await keycloak.stop()
    clearInterval(idle)
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    process.exit(1)
  }
}

function introduction({ url, version, adminUser, adminPassword, realmUrl }: Keycloak): string {
  return `
Keycloak ${version} is ready.

  admin console    ${url}/admin/    ${adminUser} / ${adminPassword}
  configuration    ${realmUrl('demo')}/.well-known/openid-configuration
  client           koa-app (secret s3cret), for http://localhost:2700
  second client    koa-app-two (secret s3cret-two), for http://localhost:2701
  public client    koa-public, for http://localhost:2702
  users            alice / alice (admin, editor), bob / bob, carol / carol (must choose a new password)`
}
