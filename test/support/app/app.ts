import type { Server } from 'node:http'
import Router from '@koa/router'
import Koa from 'koa'
import session, { type SessionOptions } from 'koa-session'
import {
  type StandIn,
  type StandInClient,
  type StandInOptions,
  startStandIn,
} from '../../../example/stand-in/stand-in.js'
import { usersOf } from '../../../example/support/users.js'
import { createKeycloak, type Keycloak, type KeycloakOptions } from '../../../src/index.js'
import { type Given, given, use } from '../use.js'
import { serve } from './serve.js'

/** An OpenID provider with alice and bob, and no client yet. */
export function startProvider(options: Partial<StandInOptions> = {}): Promise<StandIn> {
  return startStandIn({ clients: [], users: usersOf('app'), ...options })
}

/** Such a provider while the tests of this suite run. */
export function useProvider(options: Partial<StandInOptions> = {}): StandIn {
  return use(() => startProvider(options))
}

export interface TestApp {
  url: string
  keycloak: Keycloak
  app: Koa
  /** Errors that Koa was told of. */
  errors: Error[]
  close(): Promise<void>
}

export interface TestAppOptions extends Partial<KeycloakOptions> {
  session?: Partial<SessionOptions>
  client?: Partial<StandInClient>
  /** Adds to the application what a test needs, behind the routes of the package. */
  extend?: (app: Koa, router: Router, keycloak: Keycloak) => void
  /** Takes upgrades. */
  attach?: (server: Server, app: Koa, keycloak: Keycloak) => void
}

/** What an application has to know of its provider, and tells it. */
export interface TestProvider {
  discoveryUrl: string
  addClient(client: StandInClient): Promise<void>
}

/** An application that is a client of the provider: `/` tells who is logged in, `/private` wants a login. */
export async function startApp(provider: TestProvider, options: TestAppOptions = {}): Promise<TestApp> {
  const { session: sessionOptions, client, extend, attach, ...keycloakOptions } = options
  const result: Partial<TestApp> & { errors: Error[] } = { errors: [] }
  const served = await serve(async url => {
    const prefix = `${url}${keycloakOptions.prefix ?? '/openid'}`
    await provider.addClient({
      clientId: 'app',
      clientSecret: 'app-secret',
      redirectUris: [`${prefix}/auth`],
      postLogoutRedirectUris: [`${url}/`, `${url}/bye`],
      logoutRequestUri: `${prefix}/logout_request`,
      ...client,
    })
    const keycloak = createKeycloak({
      configuration: provider.discoveryUrl,
      clientId: 'app',
      ...(keycloakOptions.clientId === undefined && { clientSecret: 'app-secret' }),
      ...keycloakOptions,
    })
    const app = createApp(keycloak, sessionOptions)
    app.on('error', error => result.errors.push(error))
    const router = new Router()
    addPages(router, keycloak)
    extend?.(app, router, keycloak)
    app.use(router.routes())
    Object.assign(result, { keycloak, app })
    return {
      callback: () => app.callback(),
      ...(attach && { attach: (server: Server) => attach(server, app, keycloak) }),
    }
  })
  return Object.assign(result, served) as unknown as TestApp
}

export interface OwnApp extends TestApp {
  provider: StandIn
}

/** An application while the tests of this suite run, with a provider of its own that knows alice and bob. */
export function useApp(
  options: Given<TestAppOptions> = {},
  providerOptions: Partial<StandInOptions> = {},
): OwnApp {
  return use(async () => {
    const provider = await startProvider(providerOptions)
    const app = await startApp(provider, given(options))
    const close = async () => {
      await app.close()
      await provider.close()
    }
    return { ...app, provider, close }
  })
}

function createApp(keycloak: Keycloak, sessionOptions: Partial<SessionOptions> = {}): Koa {
  const app = new Koa()
  app.keys = ['a key for tests']
  app.use(session(sessionOptions, app))
  app.use(keycloak.routes())
  return app
}

function addPages(router: Router, keycloak: Keycloak): void {
  const { name } = keycloak.provider
  router.get('/', ctx => {
    const state = ctx.state[name]
    ctx.body = { loggedIn: state.loggedIn, username: state.token?.username, sid: state.sid }
  })
  router.get('/private', keycloak.requireLogin(), ctx => {
    ctx.body = { username: ctx.state[name].token.username }
  })
  router.get('/admin', keycloak.requireRole('admin'), ctx => {
    ctx.body = 'admin'
  })
}
