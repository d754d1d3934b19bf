import { checkArgument, checkNoArguments, checkOptions } from '../check-options.js'
import type { Fetch } from '../index.js'
import { type Check, type Checks, flag, seconds, text, withDefault, word } from '../util/checks.js'
import type { Application } from './application.js'
import { type BearerOptions, bearerToken } from './bearer.js'
import { Clock, type Now, now } from './clock.js'
import type { BrowserCookie } from './cookies.js'
import { type FailingEndpoint, type Failure, Faults, failingEndpoint, failure } from './faults.js'
import { type LoginOptions, logIn } from './log-in.js'
import { type LogoutOptions, logOut, type Participant } from './log-out.js'
import { ENDPOINTS, type Endpoint } from './provider/endpoints.js'
import { createKeyPair, keyOfRealm } from './provider/keys.js'
import { subOf } from './provider/people.js'
import { OpenIdProvider } from './provider/provider.js'
import { providerFetch } from './provider-fetch.js'

export interface TestKeycloakOptions {
  /**
   * Where the clock stands, in seconds since the epoch: it then moves by `kc.pass()` alone. Or a function that
   * tells the time. Default: the system's clock.
   */
  now?: Now
  /** Name of the realm; two providers of one application need two. Default: `test`. */
  realm?: string
  /** Default: `test-app`. */
  clientId?: string
  /** Seconds that access and ID tokens live. Default 300, as in Keycloak. */
  accessTokenLifetime?: number
  /** Seconds after which a session that was not renewed ends. Default 1800, as in Keycloak. */
  refreshTokenLifetime?: number
}

/** What `createKeycloak` has to be given so that an application takes the kit for its Keycloak. */
export interface PublicClientOptions {
  /** The discovery URL. */
  configuration: string
  /** The client that the application is. */
  clientId: string
  /** The provider itself. */
  fetch: Fetch
  /** The clock that `kc.pass()` moves. */
  now: () => number
}

export interface ClientOptions extends PublicClientOptions {
  /** The secret of that client. */
  clientSecret: string
}

/** A Keycloak for tests: it lives inside `fetch`, and needs no port, no process and no network. */
export interface TestKeycloak {
  readonly issuer: string
  /** What to give to `createKeycloak`, before what the application adds. */
  readonly options: ClientOptions
  /** The same for a further client, for a second application. */
  client(clientId: string): ClientOptions
  client(clientId: string, kind: { publicClient: true }): PublicClientOptions
  /**
   * Logs a user in by the application's own routes, with every check on the way, and gives what a browser would
   * then send as `Cookie`. Rejects with a `TestKeycloakError` that names the step which refused, and the code.
   *
   * @param app a Koa application, which need not listen, or the address of a running one
   */
  logIn(app: Application, options?: LoginOptions): Promise<string>
  /** The cookies that `logIn` gave, one by one, as Playwright's `addCookies` takes them. */
  cookies(cookie: string): BrowserCookie[]
  /** An access token, for the tests of an API. */
  bearer(options?: BearerOptions): Promise<string>
  /**
   * Ends a user's sessions at the provider, and sends the application a logout request for each, as Keycloak
   * does when an administrator logs the user out. Rejects with a `TestKeycloakError`.
   */
  logOut(app: Application, username: string, options?: LogoutOptions): Promise<void>
  /** Lets so many seconds pass, for provider and applications. */
  pass(seconds: number): void
  /** Ends the sessions of a user, or of all, and tells no application: a renewal finds it out. */
  end(username?: string): void
  /** Puts an endpoint out of order; the function that it gives puts it in order again. */
  fail(endpoint: FailingEndpoint, failure: Failure): () => void
  /** Puts every endpoint in order again. */
  mend(): void
  /** Signs with a new key from now on. The old ones still verify, unless they are `retire`d. */
  rotateKeys(options?: { retire?: boolean }): Promise<void>
  /** How many requests have come to each endpoint. */
  readonly calls: Readonly<Record<Endpoint, number>>
  /** The id of the user of that name, where no other was given. */
  sub(username: string): string
}

const OPTIONS = {
  now,
  realm: withDefault(word, 'test'),
  clientId: withDefault(text, 'test-app'),
  accessTokenLifetime: withDefault(seconds(1e9), 300),
  refreshTokenLifetime: withDefault(seconds(1e9), 1800),
} satisfies Checks<TestKeycloakOptions>

const KIND = { publicClient: withDefault(flag, false) } satisfies Checks<{ publicClient?: boolean }>

const ROTATION = { retire: withDefault(flag, false) } satisfies Checks<{ retire?: boolean }>

const duration: Check<number> = seconds(1e9, { min: 0 })

/** Every client's secret: there is nothing to keep. */
const SECRET = 'test-secret'

/**
 * A Keycloak for the tests of an application. Everything of it is in memory, and goes when the test lets go of it.
 * Rejects with `invalid_options`.
 */
export async function testKeycloak(options: TestKeycloakOptions = {}): Promise<TestKeycloak> {
  const { realm, clientId, now: start, ...lifetimes } = checkOptions('testKeycloak()', options, OPTIONS)
  const issuer = `https://keycloak.test/realms/${encodeURIComponent(realm)}`
  const clock = new Clock(start)
  const clients = new Map<string, string | undefined>([[clientId, SECRET]])
  const provider = new OpenIdProvider(
    {
      issuer,
      clients,
      ...lifetimes,
      singleUseRefreshTokens: () => false,
      allowsRedirect: () => true, // logIn knows where the application is, and checks it itself
      now: clock.now,
    },
    await keyOfRealm(issuer),
  )
  const faults = new Faults()
  const calls = Object.fromEntries(ENDPOINTS.map(name => [name, 0])) as Record<Endpoint, number>
  const participants = new Set<Participant>()
  const given = new Map<string, BrowserCookie[]>()
  const common = {
    configuration: `${issuer}/.well-known/openid-configuration`,
    fetch: providerFetch(provider, faults, endpoint => {
      calls[endpoint] += 1
    }),
    now: clock.now,
  }

  function client(id: string): ClientOptions
  function client(id: string, kind: { publicClient: true }): PublicClientOptions
  function client(id: string, kind: { publicClient?: boolean } = {}): PublicClientOptions {
    checkArgument('kc.client()', 'the client id', id, text)
    const { publicClient } = checkOptions('kc.client()', kind, KIND)
    clients.set(id, publicClient ? undefined : SECRET)
    return { ...common, clientId: id, ...(!publicClient && { clientSecret: SECRET }) }
  }

  return {
    issuer,
    options: client(clientId),
    client,
    calls,
    async logIn(app, login = {}) {
      const { browser, participant } = await logIn(provider, app, login)
      calls.authorization += 1
      participants.add(participant)
      const cookie = browser.cookies.header()
      given.set(cookie, browser.cookies.all())
      return cookie
    },
    cookies(cookie) {
      checkArgument('kc.cookies()', 'the cookie', cookie, cookieGivenBy(given))
      return (given.get(cookie) ?? []).map(each => ({ ...each }))
    },
    bearer: (token = {}) => bearerToken(provider, clientId, token),
    logOut: (app, username, logout = {}) => logOut(provider, participants, app, username, logout),
    pass(seconds) {
      checkArgument('kc.pass()', 'the time', seconds, duration)
      clock.pass(seconds)
    },
    end(username) {
      if (username !== undefined) checkArgument('kc.end()', 'the user', username, text)
      for (const session of provider.sessions.living(username)) session.isAlive = false
    },
    fail(endpoint, how) {
      checkArgument('kc.fail()', 'the endpoint', endpoint, failingEndpoint)
      checkArgument('kc.fail()', 'the failure', how, failure)
      faults.set(endpoint, how)
      return () => faults.mend(endpoint)
    },
    mend(...none: []) {
      checkNoArguments('kc.mend()', none)
      faults.mend()
    },
    async rotateKeys(rotation = {}) {
      const { retire } = checkOptions('kc.rotateKeys()', rotation, ROTATION)
      const keys = retire ? [] : provider.issuer.keys
      provider.issuer.keys = [await createKeyPair('RS256'), ...keys]
    },
    sub(username) {
      checkArgument('kc.sub()', 'the user', username, text)
      return subOf(issuer, username)
    },
  }
}

function cookieGivenBy(given: ReadonlyMap<string, unknown>): Check<string> {
  return {
    expected: 'one that kc.logIn() gave',
    accepts: (v): v is string => typeof v === 'string' && given.has(v),
  }
}
