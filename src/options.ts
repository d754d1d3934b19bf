import type { webcrypto } from 'node:crypto'
import { isAbsolute } from 'node:path'
import { checkOptions, invalidOptions } from './check-options.js'
import { isRedisLike, type RedisLike } from './store/redis-client.js'
import { isStore, type Store } from './store/store.js'
import type { Fetch } from './util/bounded-fetch.js'
import {
  type Check,
  type Checks,
  callable,
  DAY,
  flag,
  givenForUrl,
  httpUrl,
  isHttpUrl,
  listOf,
  oneOf,
  recordOfTexts,
  required,
  type Settled,
  seconds,
  text,
  withDefault,
  word,
} from './util/checks.js'
import type { Claims } from './util/decode-claims.js'
import { isObject, isPlainObject } from './util/kind-of.js'
import { ALGORITHMS, type SignatureAlgorithm } from './util/signature-algorithms.js'

/** How this client proves to the token endpoint who it is (OpenID Connect Core 1.0, section 9). */
export type ClientAuth =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'tls_client_auth'
  | 'none'
  | { method: 'private_key_jwt'; key: webcrypto.CryptoKey; kid?: string }

/** Paths of routes, each below `prefix`; `false` leaves a route out. */
export interface Routes {
  /** Default `/login`. */
  login?: string | false | undefined
  /** Default `/auth`. */
  callback?: string | false | undefined
  /** Default `/logout`. */
  logout?: string | false | undefined
  /** Default `/logout_request`. */
  logoutRequest?: string | false | undefined
  /** Where the provider pushes security events (RFC 8935). Default false: no such route. */
  securityEvents?: string | false | undefined
  /** Where the provider's page logs out in a frame. Default `false`. */
  frontchannelLogout?: string | false | undefined
}

/**
 * What a provider is made of; everything but `configuration` and `clientId` may be left out. What is undefined
 * counts as left out: `clientSecret: process.env.SECRET`.
 */
export interface ProviderOptions {
  /**
   * Where the provider's metadata is: discovery URL, issuer URL, absolute path of a JSON file, or the metadata
   * itself (OpenID Connect Discovery 1.0, section 3).
   */
  configuration: string | Claims
  /** The client's id at the provider. */
  clientId: string
  /**
   * The client's secret; without one the client is public and PKCE alone protects the code. One that is named but
   * undefined is an environment variable that is not set, most likely: a warning says so.
   */
  clientSecret?: string | undefined
  /** Default: what the metadata supports, `client_secret_basic` first; `none` without a secret. */
  clientAuth?: ClientAuth | undefined
  /**
   * Calls go to the provider's `mtls_endpoint_aliases` (RFC 8705, section 5), for a `fetch` that presents a client
   * certificate besides another client authentication; with `tls_client_auth` they always do. Default false.
   */
  mtlsEndpointAliases?: boolean | undefined
  /** The expected issuer, exactly; default: what `configuration` implies. */
  issuer?: string | undefined
  /** Tells several providers apart: `ctx.state[name]`, route names, cookies. Default `keycloak`. */
  name?: string | undefined
  /** Path before all four routes. Default `/openid`. */
  prefix?: string | undefined
  /** Paths of the four routes below `prefix`. */
  routes?: Routes | undefined
  /**
   * The public address of the application, as browsers see it, with the path it is mounted at if any; or only
   * that path. Default: origin and path of the request (`app.proxy` is respected).
   */
  baseUrl?: string | undefined
  /** Scopes to ask for at login. Default `openid profile email`. */
  scopes?: readonly string[] | undefined
  /** Authorization parameters sent with every login, e.g. `{ kc_idp_hint: 'github' }`. Default: none. */
  authorizationParams?: Readonly<Record<string, string>> | undefined
  /** Names of authorization parameters that a link to the login route may set. Default: none. */
  queryParams?: readonly string[] | undefined
  /** Other origins that `returnTo` and `redirectUri` may lead to, e.g. `https://www.example.com`. Default: none. */
  allowedOrigins?: readonly string[] | undefined
  /** Where the logins are kept. Default: this process' memory. */
  store?: Store | RedisLike | undefined
  /**
   * Whether the tokens are sealed in the store, with a key that the login's id in the session gives; a text is a
   * secret that the key comes of, too: for sessions that are in the same store. Default false.
   */
  sealTokens?: boolean | string | undefined
  /** Whether a logout request with a `sid` ends that session or every login of its `sub`. Default `session`. */
  logoutScope?: 'session' | 'subject' | undefined
  /**
   * Which refresh tokens a logout here revokes at the provider: those of offline sessions, which its own logout
   * leaves alive, or all. Default `offline`.
   */
  revoke?: 'offline' | 'always' | undefined
  /**
   * When an expired access token is renewed: on the login's next request, or only by `accessToken()`. Either way
   * an active login is renewed before its refresh token ends. Default `eager`.
   */
  renew?: 'eager' | 'lazy' | undefined
  /**
   * Seconds after which a connection at the latest learns, by `state.signal`, that its login was ended in another
   * process: so often the store is asked, while somebody watches. At least 0.05. Default 5.
   */
  liveCheck?: number | undefined
  /**
   * Seconds for which a logout is remembered at most: it is an hour, and longer where access tokens live for longer.
   * `bearer({ revocable: true })` refuses a token that is older. Default 86400 (a day).
   */
  logoutMemory?: number | undefined
  /** Longest life of a login in seconds, whatever the provider says. Default 36000 (10 hours). */
  maxAge?: number | undefined
  /** Seconds after which the metadata is read anew. Default 3600. */
  configurationMaxAge?: number | undefined
  /** Seconds after which the provider's keys are read anew. Default 3600. */
  keysMaxAge?: number | undefined
  /** Seconds for every call to the provider. Default 3. */
  timeout?: number | undefined
  /** Seconds for every call to the store. Default 1. */
  storeTimeout?: number | undefined
  /** Seconds that the provider's clock may differ. Default 10. */
  clockTolerance?: number | undefined
  /** User-Agent of the calls to the provider. Default: package and version. */
  userAgent?: string | undefined
  /** Used in place of the global fetch: proxies, client certificates, tests. */
  fetch?: Fetch | undefined
  /** Audience that `verifyToken` and `bearer` ask for. Default: none; then a token's `azp` has to be this client. */
  audience?: string | undefined
  /**
   * The address by which clients know this API (RFC 9728): challenges of `bearer` and `authenticate` say where its
   * metadata is, and where there is no `audience`, tokens have to name it as theirs. Without it there is no metadata.
   */
  resource?: string | undefined
  /**
   * The signature algorithm that is registered for this client (`id_token_signed_response_alg`): ID and logout
   * tokens with another are refused. Default: any asymmetric one.
   */
  idTokenAlg?: SignatureAlgorithm | undefined
  /**
   * Whether logout tokens without `typ`, which the specification allows, are accepted; Keycloak always sends one.
   * Default false.
   */
  untypedLogoutTokens?: boolean | undefined
  /** Keycloak before 18 (logout with `redirect_uri`) and before 12 (`session_state` for `sid`). Default false. */
  legacy?: boolean | undefined
  /** The time in seconds since the epoch; for tests. Default: the system's clock. */
  now?: (() => number) | undefined
}

/** Authorization parameters that the protocol itself sets, or that no address may show: no option may name one. */
export const RESERVED_PARAMS: ReadonlySet<string> = new Set([
  'client_assertion',
  'client_assertion_type',
  'client_id',
  'client_secret',
  'code_challenge',
  'code_challenge_method',
  'nonce',
  'redirect_uri',
  'request',
  'request_uri',
  'response_type',
  'scope',
  'state',
])

const isFree = (param: string) => !RESERVED_PARAMS.has(param)

/** Scopes for a login: what has no `openid` in it is no OpenID Connect (Core 1.0, section 3.1.2.1). */
export const loginScopes: Check<readonly string[]> = {
  ...listOf(word),
  expected: 'an array of scopes with openid in it',
  accepts: (v): v is readonly string[] => listOf(word).accepts(v) && v.includes('openid'),
}

/** Authorization parameters with their values, for a login. */
export const freeParams = recordOfTexts(isFree, 'whose names the protocol does not reserve for itself')

/** Names of authorization parameters that a link may set. */
export const freeParamNames: Check<readonly string[]> = {
  ...listOf(word),
  expected: 'an array of parameter names that the protocol does not reserve for itself',
  accepts: (v): v is readonly string[] => listOf(word).accepts(v) && v.every(isFree),
  given: v => (listOf(word).accepts(v) ? 'one with a reserved name in it' : listOf(word).given?.(v)),
}

const configuration: Check<string | Claims> = {
  expected: 'a discovery URL, an issuer URL, the absolute path of a file, or a metadata object',
  accepts: (v): v is string | Claims =>
    isPlainObject(v) || isHttpUrl(v) || (text.accepts(v) && isAbsolute(v)),
  given: v => (typeof v === 'string' && isAbsolute(v) ? text.given?.(v) : givenForUrl(v)),
}

const issuer: Check<string> = {
  ...httpUrl,
  expected: 'an http or https address without query or fragment',
  accepts: (v): v is string => isHttpUrl(v) && !/[?#]/.test(v),
}

const AUTH_METHODS = oneOf(
  'client_secret_basic',
  'client_secret_post',
  'client_secret_jwt',
  'tls_client_auth',
  'none',
)

const clientAuth: Check<ClientAuth> = {
  expected: `${AUTH_METHODS.expected}, or { method: 'private_key_jwt', key }`,
  accepts: (v): v is ClientAuth =>
    AUTH_METHODS.accepts(v) || (isPlainObject(v) && v.method === 'private_key_jwt' && isObject(v.key)),
}

const name: Check<string> = {
  expected: 'up to 32 letters, digits, - and _, beginning with a letter, and no word that every object knows',
  accepts: (v): v is string => typeof v === 'string' && /^[a-z][\w-]{0,31}$/i.test(v) && !(v in {}),
}

const path: Check<string> = {
  expected: 'a path that begins with /',
  accepts: (v): v is string => typeof v === 'string' && /^\/[^?#\s]*$/.test(v),
}

const prefix: Check<string> = {
  expected: 'a path that begins with / and does not end with it, or an empty string',
  accepts: (v): v is string => v === '' || (path.accepts(v) && !v.endsWith('/')),
}

const baseUrl: Check<string> = {
  expected: 'an http or https address without query and fragment, or a path that begins with /',
  accepts: (v): v is string => (path.accepts(v) ? !v.startsWith('//') : isHttpUrl(v) && !/[?#]/.test(v)),
  given: givenForUrl,
}

const origin: Check<string> = {
  expected: 'an origin such as https://www.example.com',
  accepts: (v): v is string => isHttpUrl(v) && new URL(v).origin === v,
  given: v => givenForUrl(v) ?? (isHttpUrl(v) ? 'an address with more than an origin' : undefined),
}

const store: Check<Store | RedisLike> = {
  expected: 'a Store, a koa-redis store, an ioredis client or a node-redis client',
  accepts: (v): v is Store | RedisLike => isStore(v) || isRedisLike(v),
}

const sealing: Check<boolean | string> = {
  expected: 'true, false, or a secret of at least 16 characters',
  accepts: (v): v is boolean | string => flag.accepts(v) || (text.accepts(v) && v.length >= 16),
  given: v => (typeof v === 'string' ? 'a shorter string, or one with blanks around it' : undefined),
}

const routePath: Check<string | false> = {
  expected: `${path.expected}, or false`,
  accepts: (v): v is string | false => v === false || path.accepts(v),
}

const ROUTES = {
  login: withDefault(routePath, '/login'),
  callback: withDefault(routePath, '/auth'),
  logout: withDefault(routePath, '/logout'),
  logoutRequest: withDefault(routePath, '/logout_request'),
  securityEvents: withDefault(routePath, false),
  frontchannelLogout: withDefault(routePath, false),
} satisfies Checks<Routes>

const routes: Check<Routes> = {
  expected: `{ ${Object.keys(ROUTES).join(', ')} }, each a path or false`,
  accepts: (v): v is Routes => isPlainObject(v),
}

const CLOCK = () => Date.now() / 1000

/** One check for each option, with its default where it has one. */
export const PROVIDER_OPTIONS = {
  configuration: required(configuration),
  clientId: required(text),
  clientSecret: text,
  clientAuth,
  mtlsEndpointAliases: withDefault(flag, false),
  issuer,
  name: withDefault(name, 'keycloak'),
  prefix: withDefault(prefix, '/openid'),
  routes,
  baseUrl,
  scopes: withDefault(loginScopes, ['openid', 'profile', 'email']),
  authorizationParams: withDefault(freeParams, {}),
  queryParams: withDefault(freeParamNames, []),
  allowedOrigins: withDefault(listOf(origin), []),
  store,
  sealTokens: withDefault(sealing, false),
  logoutScope: withDefault(oneOf('session', 'subject'), 'session'),
  revoke: withDefault(oneOf('offline', 'always'), 'offline'),
  renew: withDefault(oneOf('eager', 'lazy'), 'eager'),
  liveCheck: withDefault(seconds(300, { min: 0.05 }), 5),
  logoutMemory: withDefault(seconds(366 * DAY, { min: 3600 }), 86_400),
  maxAge: withDefault(seconds(366 * DAY), 36_000),
  configurationMaxAge: withDefault(seconds(31 * DAY), 3600),
  keysMaxAge: withDefault(seconds(31 * DAY), 3600),
  timeout: withDefault(seconds(300), 3),
  storeTimeout: withDefault(seconds(300), 1),
  clockTolerance: withDefault(seconds(300, { min: 0 }), 10),
  userAgent: text,
  fetch: callable<Fetch>(),
  audience: text,
  resource: issuer,
  idTokenAlg: oneOf(...ALGORITHMS),
  untypedLogoutTokens: withDefault(flag, false),
  legacy: withDefault(flag, false),
  now: withDefault(callable<() => number>(), CLOCK),
} satisfies Checks<ProviderOptions>

/** The options with every default filled in. */
export type Settings = Settled<Omit<ProviderOptions, 'routes'>, typeof PROVIDER_OPTIONS> & {
  readonly routes: Settled<Routes, typeof ROUTES>
}

/**
 * Checks every option and fills in the defaults. Throws `invalid_options`, naming the option. Warns of a secret
 * that is named, but undefined.
 */
export function resolveOptions(options: ProviderOptions, of = 'createProvider()'): Settings {
  const checked = checkOptions(of, options, PROVIDER_OPTIONS)
  const settings = Object.freeze({ ...checked, routes: resolveRoutes(of, checked.routes) })
  checkContradictions(of, settings)
  if ('clientSecret' in options && isPublic(settings)) warnOfPublicClient()
  return settings
}

function resolveRoutes(of: string, given: Routes = {}): Settings['routes'] {
  const routes = checkOptions(`${of}: routes`, given, ROUTES)
  const paths = Object.values(routes).filter(path => path !== false)
  if (new Set(paths).size < paths.length)
    throw invalidOptions(`${of}: routes: each has to have a path of its own.`)
  return routes
}

function checkContradictions(of: string, { clientSecret, clientAuth, authorizationParams }: Settings): void {
  const needsSecret = typeof clientAuth === 'string' && clientAuth.startsWith('client_secret')
  if (needsSecret && clientSecret === undefined)
    throw invalidOptions(`${of}: clientAuth ${clientAuth} needs a clientSecret.`)
  if (clientAuth === 'none' && clientSecret !== undefined) {
    throw invalidOptions(`${of}: clientAuth none and a clientSecret contradict each other: leave one out.`)
  }
  if (authorizationParams.prompt?.split(' ').includes('none')) {
    throw invalidOptions(
      `${of}: authorizationParams.prompt none would let nobody log in: give it to login() for one route.`,
    )
  }
}

function isPublic({ clientSecret, clientAuth }: Settings): boolean {
  return clientSecret === undefined && clientAuth === undefined
}

function warnOfPublicClient(): void {
  process.emitWarning(
    'clientSecret is there, but undefined (is an environment variable not set?): this client has no secret now, and is a public one. Leave clientSecret out if that is meant.',
    { code: 'KOA_KEYCLOAK_PUBLIC_CLIENT' },
  )
}
