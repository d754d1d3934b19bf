import { randomBytes } from 'node:crypto'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak, type Keycloak, type KeycloakState, memoryStore } from '../../src/index.js'
import type { StandIn } from '../stand-in/stand-in.js'
import { serveAssets } from './assets.js'
import type { Breakage, FragileStore } from './breaking.js'
import { explainErrors } from './errors.js'
import { breakRoutes, routes } from './routes.js'
import { watchedFetch } from './watch/calls.js'
import type { Timeline } from './watch/timeline.js'
import { watchVisits } from './watch/visits.js'

/** One of the demo's two applications, as its pages and the other one know it. */
export interface Application {
  name: string
  /** Its lane in the sequence, and the name of its provider: a browser has one set of cookies for all ports. */
  lane: 'one' | 'two'
  url: string
  clientId: string
  clientSecret?: string
  keycloak: Keycloak
}

export type DemoState = KeycloakState<'one' | 'two'>

/** What both applications share, since they are in one process: a real one would have nothing of it. */
export interface Demo {
  standIn: StandIn
  timeline: Timeline
  store: FragileStore
  breakages: Record<string, Breakage>
  applications: Application[]
  users: readonly { username: string; sub: string }[]
  /** Aborted when everything ends. */
  closing: AbortSignal
  /** The applications' clock, for a test that can't wait. Seconds since the epoch. */
  now: (() => number) | undefined
}

/** Ties an application to the stand-in: from here on it is an ordinary use of the package. */
export function connect(
  { standIn, timeline, store, now }: Demo,
  { lane, clientId, clientSecret }: Omit<Application, 'keycloak' | 'url'>,
) {
  return createKeycloak({
    configuration: standIn.discoveryUrl,
    clientId,
    ...(clientSecret !== undefined && { clientSecret }),
    name: lane,
    audience: 'account', // of its API: Keycloak writes this one into its access tokens by itself
    store: store.of(memoryStore({ ...(now && { now }) })),
    fetch: watchedFetch(timeline, lane),
    ...(now && { now }),
  })
}

export function createApplication(demo: Demo, own: Application): Koa<DemoState> {
  const { keycloak, clientId, lane } = own
  const app = new Koa<DemoState>()
  app.keys = [randomBytes(32).toString('base64url')]
  app.use(watchVisits(demo.timeline, lane))
  app.use(explainErrors(demo, own))
  app.use(serveAssets())
  app.use(breakRoutes(demo, own).routes())
  app.use(session({ key: `${clientId}.session`, sameSite: 'lax' }, app))
  app.use(keycloak.routes())
  app.use(routes(demo, own).routes())
  return app
}
