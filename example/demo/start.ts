import { startStandIn } from '../stand-in/stand-in.js'
import { type Listening, listen } from '../support/listen.js'
import { usersOf } from '../support/users.js'
import { type Application, connect, createApplication, type Demo } from './application.js'
import { breakages, fragileStore, restoreTime } from './breaking.js'
import { watchChannels } from './watch/channels.js'
import { Timeline } from './watch/timeline.js'
import { watchKeycloak } from './watch/visits.js'

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
  const timeline = new Timeline()
  const store = fragileStore()
  const ending = new AbortController()
  const standIn = await startStandIn({
    onRequest: watchKeycloak(timeline),
    port: ports.keycloak,
    users: people,
    clients: [],
    showUsers: true,
    accessTokenLifetime: ACCESS_TOKEN_LIFETIME,
  })
  const demo: Demo = {
    standIn,
    timeline,
    store,
    breakages: breakages(standIn, timeline, store),
    applications: [],
    users: people,
    closing: ending.signal,
    now,
  }
  const unwatch = watchChannels(timeline, ['one', 'two'], sub => nameOf(sub))
  standIn.events.on('loginSuccess', ({ username }) => {
    timeline.tell('keycloak', `checked ${username}’s password`)
  })
  const servers: Listening[] = []
  const close = async () => {
    unwatch()
    restoreTime()
    ending.abort()
    await Promise.all([standIn, ...servers].map(server => server.close()))
  }
  try {
    const one = { name: 'Application one', lane: 'one' as const, clientId: 'koa-app', clientSecret: 's3cret' }
    const two = { name: 'Application two', lane: 'two' as const, clientId: 'koa-public' }
    servers.push(await startApplication(demo, one, ports.one))
    servers.push(await startApplication(demo, two, ports.two))
  } catch (error) {
    await close()
    throw error
  }
  return { ...demo, close }
}

/** Somebody who registered at the stand-in has a name that only Keycloak knows. */
function nameOf(sub: string | undefined): string {
  return people.find(person => person.sub === sub)?.username ?? 'a user'
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
