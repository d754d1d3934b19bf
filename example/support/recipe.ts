import { pathToFileURL } from 'node:url'
import { startStandIn } from '../stand-in/stand-in.js'
import { askedToEnd, run } from './ending.js'
import { listen, type Servable } from './listen.js'
import { portFrom } from './port.js'
import { usersOf } from './users.js'

/** Makes an application that is a client of these realms, given as `configuration` wants them. */
type Create = (...configurations: string[]) => Servable | Promise<Servable>

/** A realm that a recipe needs, and the path below which the recipe has its routes. */
interface Realm {
  realm: string
  prefix: string
}

const DEMO: readonly Realm[] = [{ realm: 'demo', prefix: '/openid' }]

/**
 * Runs a recipe if it is the file that was started (`npx tsx example/recipes/by-hand.ts`), at PORT or 2700.
 *
 * Its realms are those of KEYCLOAK_CONFIGURATION (several with spaces between), such as `npm run keycloak`
 * has one; without it a stand-in for Keycloak is started, so that a recipe runs with nothing else there.
 */
export async function recipe(file: string, create: Create, realms: readonly Realm[] = DEMO): Promise<void> {
  if (!isStarted(file)) return
  await run(async () => {
    const server = await listen(async url => create(...(await configurations(realms, url))), {
      port: portFrom('PORT', 2700),
    })
    console.log(`listening on ${server.url}`)
    await askedToEnd()
    await server.close()
    process.exit() // what else the recipe holds, a connection to Redis for one, would keep it here
  })
}

/** Whether this is the file that was started, and not one that was imported. */
export function isStarted(file: string): boolean {
  return file === pathToFileURL(process.argv[1] ?? '').href
}

/** The realm of a recipe that listens by itself, at that address: its `configuration`. */
export async function realmFor(url: string): Promise<string> {
  const [configuration = ''] = await configurations(DEMO, url)
  return configuration
}

async function configurations(realms: readonly Realm[], url: string): Promise<string[]> {
  const { KEYCLOAK_CONFIGURATION: given } = process.env
  return given ? given.split(' ') : Promise.all(realms.map(realm => standIn(realm, url)))
}

/** A realm with the clients of the demo realm; gives its discovery URL. */
async function standIn({ realm, prefix }: Realm, url: string): Promise<string> {
  const client = {
    redirectUris: [`${url}${prefix}/auth`],
    postLogoutRedirectUris: [`${url}/`, `${url}/bye`],
    logoutRequestUri: `${url}${prefix}/logout_request`,
  }
  const { discoveryUrl } = await startStandIn({
    realm,
    users: usersOf('koa-app'),
    showUsers: true,
    clients: [
      { clientId: 'koa-app', clientSecret: 's3cret', ...client },
      { clientId: 'koa-public', ...client },
    ],
  })
  console.log(`a stand-in for Keycloak: ${discoveryUrl}`)
  return discoveryUrl
}
