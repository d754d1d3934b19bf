import type { webcrypto } from 'node:crypto'
import type { RedisLike } from './store/redis-client.js'
import type { Store } from './store/store.js'
import type { Fetch } from './util/bounded-fetch.js'
import type { Claims } from './util/decode-claims.js'

/** How this client proves to the token endpoint who it is (OpenID Connect Core 1.0, section 9). */
export type ClientAuth =
  | 'client_secret_basic'
  | 'client_secret_post'
  | 'client_secret_jwt'
  | 'tls_client_auth'
  | 'none'
  | { method: 'private_key_jwt'; key: webcrypto.CryptoKey; kid?: string }

/** Paths of the four routes below `prefix`; `false` leaves a route out. */
export interface Routes {
  /** Default `/login`. */
  login?: string | false
  /** Default `/auth`. */
  callback?: string | false
  /** Default `/logout`. */
  logout?: string | false
  /** Default `/logout_request`. */
  logoutRequest?: string | false
}

/** What a provider is made of; everything but `configuration` and `clientId` has a default. */
export interface ProviderOptions {
  /**
   * Where the provider's metadata is: discovery URL, issuer URL, absolute path of a JSON file, or the metadata
   * itself (OpenID Connect Discovery 1.0, section 3).
   */
  configuration: string | Claims
  /** The client's id at the provider. */
  clientId: string
  /** The client's secret; without one the client is public and PKCE alone protects the code. */
  clientSecret?: string
  /** Default: what the metadata supports, `client_secret_basic` first; `none` without a secret. */
  clientAuth?: ClientAuth
  /** The expected issuer, exactly; default: what `configuration` implies. */
  issuer?: string
  /** Tells several providers apart: `ctx.state[name]`, route names, cookies. Default `keycloak`. */
  name?: string
  /** Path before all four routes. Default `/openid`. */
  prefix?: string
  routes?: Routes
  /**
   * The public address of the application, as browsers see it, with the path it is mounted at if any; or only
   * that path. Default: origin and path of the request (`app.proxy` is respected).
   */
  baseUrl?: string
  /** Scopes to ask for at login. Default `openid profile email`. */
  scopes?: readonly string[]
  /** Authorization parameters sent with every login, e.g. `{ kc_idp_hint: 'github' }`. */
  authorizationParams?: Readonly<Record<string, string>>
  /** Names of authorization parameters that a link to the login route may set. Default: none. */
  queryParams?: readonly string[]
  /** Other origins that `returnTo` and `redirectUri` may lead to, e.g. `https://www.example.com`. */
  allowedOrigins?: readonly string[]
  /** Where the logins are kept. Default: this process' memory. */
  store?: Store | RedisLike
  /** Whether a logout request with a `sid` ends that session or every login of its `sub`. Default `session`. */
  logoutScope?: 'session' | 'subject'
  /** When an expired access token is renewed: on the login's next request, or only by `accessToken()`. */
  renew?: 'eager' | 'lazy'
  /** Longest life of a login in seconds, whatever the provider says. Default 36000 (10 hours). */
  maxAge?: number
  /** Seconds after which the metadata is read anew. Default 3600. */
  configurationMaxAge?: number
  /** Seconds after which the provider's keys are read anew. Default 3600. */
  keysMaxAge?: number
  /** Seconds for every call to the provider. Default 3. */
  timeout?: number
  /** Seconds for every call to the store. Default 1. */
  storeTimeout?: number
  /** Seconds that the provider's clock may differ. Default 10. */
  clockTolerance?: number
  /** User-Agent of the calls to the provider. Default: package and version. */
  userAgent?: string
  /** Used in place of the global fetch: proxies, client certificates, tests. */
  fetch?: Fetch
  /** Audience that `verifyToken` and `bearer` ask for. Default: none; then a token's `azp` has to be this client. */
  audience?: string
  /** Keycloak before 18 (logout with `redirect_uri`) and before 12 (`session_state` for `sid`). Default false. */
  legacy?: boolean
  /** The time in seconds since the epoch; for tests. Default: the system's clock. */
  now?: () => number
}
