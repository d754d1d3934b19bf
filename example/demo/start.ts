import { startStandIn } from '../stand-in/stand-in.js'
import { type Listening, listen } from '../support/listen.js'
import { usersOf } from '../support/users.js'
import { type Application, connect, createApplication, type Demo } from './application.js'
import { EventLog } from './event-log.js'

export interface Ports {
  keycloak: number
  one: number
  two: number
}

export interface RunningDemo extends Demo {
  close(): Promise<void>
}

/** Seconds: long enough to read a page, short enough to watch a renewal. */
const ACCESS_TOKEN_LIFETIME = 30

const people = usersOf('koa-app')
  .filter(({ email }) => email !== undefined)
  .map((user, number) => ({ ...user, sub: `00000000-0000-4000-8000-00000000000${number}` }))

/** Starts the stand-in and both applications, or nothing. */
export async function startDemo(ports: Ports, { now }: { now?: () => number } = {}): Promise<RunningDemo> {
  const standIn = await startStandIn({
    port: ports.keycloak,
    users: people,
    clients: [],
    showUsers: true,
    accessTokenLifetime: ACCESS_TOKEN_LIFETIME,
  })
  const demo: Demo = { standIn, log: new EventLog(), applications: [], users: people, now }
  standIn.events.on('loginSuccess', ({ username }) => {
    demo.log.add('Keycloak', `checked ${username}’s password`)
  })
  const servers: Listening[] = []
  const close = async () => {
    await Promise.all([standIn, ...servers].map(server => server.close()))
  }
  try {
    const one = { name: 'Application one', clientId: 'koa-app', clientSecret: 's3cret' }
    servers.push(await startApplication(demo, one, ports.one))
    servers.push(await startApplication(demo, { name: 'Application two', clientId: 'koa-public' }, ports.two))
  } catch (error) {
    await close()
    throw error
  }
  return { ...demo, close }
}

/** As Keycloak's administrator would: the client is registered with its addresses. */
function startApplication(
  demo: Demo,
  client: Omit<Application, 'keycloak' | 'url'>,
  port: number,
): Promise<Listening> {
  return listen(
    async url => {
      await demo.standIn.addClient({
        ...client,
        redirectUris: [`${url}/openid/auth`],
        postLogoutRedirectUris: [`${url}/`],
        logoutRequestUri: `${url}/openid/logout_request`,
      })
      const application = { ...client, url, keycloak: connect(demo, client) }
      demo.applications.push(application)
      return createApplication(demo, application)
    },
    { port },
  )
}
