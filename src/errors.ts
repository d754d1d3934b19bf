import { safeCause } from './util/safe-cause.js'

/**
 * Every way this package fails: code, HTTP status, and words for whoever has to act.
 *
 * A text with a status below 500 is shown to the visitor; one of 500 and above goes to the log only, and is
 * written for the operator. No text ever contains anything that came from outside.
 */
const SITUATIONS = {
  // The application is put together wrongly.
  session_missing: [
    500,
    'ctx.session is missing: use koa-session (app.use(session(app))) before koa-keycloak.',
  ],
  session_unusable: [500, 'ctx.session can not change its id: koa-keycloak needs koa-session 7 or later.'],
  keys_missing: [
    500,
    'app.keys is missing: koa-keycloak signs its cookies with them, e.g. app.keys = [secret].',
  ],
  insecure_transport: [
    500,
    'baseUrl begins with https, but the request came over http: let the proxy send X-Forwarded-Proto and set app.proxy = true.',
  ],
  name_taken: [
    500,
    'Two providers of this application have the same name: give each createKeycloak() or createProvider() a `name` of its own.',
  ],
  piece_missing: [500, 'A middleware that has to run before this one did not.'],

  // The request is not one that can be served.
  invalid_request: [400, 'A parameter is missing, doubled, too long or malformed.'],
  invalid_redirect: [
    400,
    'The address to go to afterwards is not on this site. (Developers: allowedOrigins lists other origins that are trusted.)',
  ],
  method_not_allowed: [405, 'This address does not answer to that method.'],
  body_too_large: [413, 'The body is too large.'],
  request_timeout: [408, 'The body did not arrive in time. Please try again.'],
  unsupported_media_type: [415, 'The body is not of the media type that this address takes.'],
  prefetch_refused: [403, 'This address does nothing ahead of time: it answers when it is opened.'],
  cross_site_request: [403, 'This request came from another site, which may not act in your name.'],

  logout_unconfirmed: [
    403,
    'Nothing shows that a page of this site asked for the logout: please log out on one of its pages.',
  ],

  // A login does not come about.
  login_unknown: [
    400,
    'This login is not known here (any more): it was used, is too old, or this browser does not keep cookies. Please start again.',
  ],
  access_denied: [403, 'The login was cancelled or refused.'],
  authorization_rejected: [
    400,
    'The identity provider does not let this login happen. Please start again; if that does not help, tell those who run this site. (For them: is the standard flow on, are the scopes assigned to the client, is the redirect URI registered?)',
  ],
  login_not_possible: [401, 'The login needs your attention, but was asked to be silent. Please log in.'],
  code_rejected: [
    400,
    'The login could not be completed: its code was used already or is too old. Please log in again.',
  ],
  issuer_mismatch: [400, 'The answer comes from another identity provider than the one that was asked.'],
  issuer_missing: [
    400,
    'The answer does not say which identity provider it comes from (iss), although the provider announces that its answers do. (Keycloak: Clients, Advanced, Exclude Issuer From Authentication Response has to be off.)',
  ],
  nonce_mismatch: [400, 'The answer belongs to another login. Please log in again.'],
  step_up_failed: [403, 'The login succeeded, but not in the way that this page asks for.'],
  login_lost: [
    500,
    'A login succeeded, but the next request came without it. Is session() used after keycloak.routes()? Does the session cookie not come back: sameSite strict (lax is right), secure over http, a path or domain that is not the page’s? Is autoCommit false, and nothing commits the session? Do several processes run without a common `store`, or without a common store of sessions?',
  ],
  organization_missing: [403, 'You are logged in, but not as a member of the organization that this needs.'],
  login_limit: [
    403,
    'You are logged in in as many places as you may be. Please log out in one of them, then log in here.',
  ],
  description_unusable: [
    500,
    'What describeLogin() gave for a login is not usable: it failed, or gave something other than an object that JSON can hold in 1024 bytes.',
  ],
  login_ended: [401, 'This login was ended while it was under way. Please log in again.'],

  // A token for another service does not come about.
  exchange_refused: [
    403,
    'The identity provider gives no token for that service in your name. (For those who run this site: is Standard token exchange on at the client, and the audience available to it and to this user?)',
  ],

  // An API behind this application.
  upstream_unavailable: [
    502,
    'The API that this is passed on to does not answer as it should. Is it up, and reachable from this machine? (target)',
  ],
  upstream_timeout: [504, 'The API that this is passed on to did not answer in time. (timeout)'],
  body_read: [
    500,
    'The body was read before it could be passed on: use body parsers behind proxyApi(), or not for its path.',
  ],

  // The provider, or what is configured about it.
  provider_unavailable: [
    503,
    'The identity provider does not answer. Is it up, and reachable from this machine? (configuration, timeout, fetch)',
  ],
  provider_response_invalid: [
    502,
    'The identity provider answered something that is not OpenID Connect: wrong status, not JSON, or too large. Is a proxy or another server in its place?',
  ],
  metadata_invalid: [
    500,
    'The discovery document lacks a required member, or has one that is not a usable URL. Does `configuration` name the right realm?',
  ],
  metadata_issuer_mismatch: [
    500,
    'The discovery document names another issuer than expected. If it is read at an internal address, set `issuer` to the public one; if the issuer has http where https is right, let the proxy before Keycloak set X-Forwarded-* and start Keycloak with --proxy-headers; otherwise correct `configuration`.',
  ],
  metadata_insecure: [
    500,
    'The discovery document was read over https but has http addresses: Keycloak does not know that it is behind a TLS proxy (--hostname, --proxy-headers).',
  ],
  metadata_not_found: [
    500,
    'There is no discovery document at `configuration`: is the realm name right, and does the server use the /auth prefix of Keycloak 16 and before?',
  ],
  client_rejected: [
    500,
    'The identity provider does not accept this client: check clientId, clientSecret and clientAuth (Keycloak: Clients, Credentials), and that the client is enabled.',
  ],
  provider_rejected: [
    500,
    'The identity provider refused the request. Keycloak: is the standard flow on, are the scopes assigned to the client, is the redirect URI registered?',
  ],
  https_required: [
    500,
    'The identity provider is asked over http, and wants https: set `configuration` to its https address. (Keycloak: Realm settings, Require SSL; behind a proxy start it with --proxy-headers.)',
  ],
  provider_error: [502, 'The identity provider reports an error of its own: see its log.'],
  id_token_invalid: [
    502,
    'The ID token is missing or does not verify: signature, algorithm, issuer, audience or subject are not as they must be.',
  ],
  clock_mismatch: [
    500,
    'The token is from the future or already expired: the clocks of this machine and of the identity provider differ (clockTolerance).',
  ],
  endpoint_missing: [500, 'The identity provider has no such endpoint: its metadata do not name one.'],

  // Tokens presented to this application.
  token_invalid: [401, 'The token is missing, expired, or not one for this service.'],
  logout_token_invalid: [400, 'The logout token does not verify.'],
  security_event_invalid: [400, 'The security event does not verify.'],
  token_expired: [401, 'The access token has expired and can not be renewed. Please log in again.'],

  // Who may pass.
  login_required: [401, 'Please log in.'],
  scope_missing: [403, 'The access token lacks a scope that this needs.'],
  step_up_required: [
    401,
    'The user of the access token has to log in again for this, more recently or in a stronger way.',
  ],
  access_forbidden: [403, 'You are logged in, but may not do this.'],
  permission_missing: [403, 'You are logged in, but lack a permission for this.'],
  role_missing: [403, 'You are logged in, but have no permission for this.'],

  // The store of logins.
  store_unavailable: [
    503,
    'The store of logins does not answer. Is Redis up, and is storeTimeout long enough?',
  ],

  // The developer's own call.
  invalid_options: [500, 'The options are not usable.'],
} as const satisfies Record<string, readonly [status: number, message: string]>

/** The stable name of a failure; test for this, never for a message. */
export type KeycloakErrorCode = keyof typeof SITUATIONS

export interface KeycloakErrorOptions {
  /** What went wrong below; kept as names, messages and codes only. */
  cause?: unknown
  /** Fixed words of ours that make the text more precise. */
  detail?: string
  /** One fixed word for what the code leaves open; for events and for whoever looks at the error. */
  reason?: string
  /** The address that was asked, for the log: shown without its query, and only where the text is not. */
  asked?: string
  /** Further response headers. */
  headers?: ResponseHeaders
  /** Seconds after which another try makes sense, sent as Retry-After; with every 503, 5 by default. */
  retryAfter?: number
}

export type ResponseHeaders = Record<string, string | string[]>

const RETRY_AFTER = 5

/** What this package throws: Koa reads `status`, `expose` and `headers` off it. */
export class KeycloakError extends Error {
  readonly code: KeycloakErrorCode
  readonly status: number
  /** Whether Koa may show the message to the visitor. */
  readonly expose: boolean
  /** Response headers; Koa drops all others when it answers with an error. */
  readonly headers: ResponseHeaders
  /** One fixed word for what the code leaves open, such as `too_old` for a `login_unknown`. */
  declare readonly reason?: string
  readonly #options: KeycloakErrorOptions

  constructor(code: KeycloakErrorCode, options: KeycloakErrorOptions = {}) {
    const [status, message] = SITUATIONS[code]
    const { cause } = options
    super(textOf(status, message, options), cause === undefined ? undefined : { cause: safeCause(cause) })
    this.code = code
    this.status = status
    this.expose = status < 500
    this.headers = headersOf(status, options)
    if (options.reason !== undefined) this.reason = options.reason
    this.#options = options
    this.stack = `${this.name} [${code}]: ${this.message}${framesOf(this)}${causeLine(this.cause)}`
  }

  /** The class, which a bundler may not rename. */
  override get name(): string {
    return 'KeycloakError'
  }

  /** The same failure with further response headers. This one, which others may get too, stays as it is. */
  withHeaders(headers: ResponseHeaders): KeycloakError {
    const Class = this.constructor as typeof KeycloakError
    const copy = new Class(this.code, { ...this.#options, headers: { ...this.headers, ...headers } })
    if (this.stack !== undefined) copy.stack = this.stack
    return Object.assign(copy, { ...this, headers: copy.headers })
  }
}

/** The application is put together wrongly, or the options are not usable. */
export class SetupError extends KeycloakError {
  override get name() {
    return 'SetupError'
  }
}

/** The request is not one that can be served: 4xx, nothing changed. */
export class RequestError extends KeycloakError {
  override get name() {
    return 'RequestError'
  }
}

/** A login did not come about; the visitor may try again. */
export class LoginError extends KeycloakError {
  override get name() {
    return 'LoginError'
  }
}

/** The identity provider is away, answers wrongly, or disagrees with the options. */
export class ProviderError extends KeycloakError {
  override get name() {
    return 'ProviderError'
  }
}

/** A token does not verify, or is used up. */
export class TokenError extends KeycloakError {
  override get name() {
    return 'TokenError'
  }
}

/** The visitor is not logged in, or may not do this. */
export class AccessError extends KeycloakError {
  override get name() {
    return 'AccessError'
  }
}

/** An API behind this application is away, or answers what can not be passed on. */
export class UpstreamError extends KeycloakError {
  override get name() {
    return 'UpstreamError'
  }
}

/** The store of logins does not answer: nobody is logged out and nobody is let in. */
export class StoreError extends KeycloakError {
  override get name() {
    return 'StoreError'
  }
}

function textOf(status: number, message: string, { detail, asked }: KeycloakErrorOptions): string {
  const address =
    asked === undefined || status < 500 ? undefined : `(Asked: ${asked.replace(/[?#].*$/s, '')})`
  return [message, detail, address].filter(text => text !== undefined).join(' ')
}

function headersOf(status: number, { headers, retryAfter }: KeycloakErrorOptions): ResponseHeaders {
  const wait = retryAfter ?? (status === 503 ? RETRY_AFTER : undefined)
  return {
    'Cache-Control': 'no-store',
    ...(wait !== undefined && { 'Retry-After': String(Math.max(1, Math.ceil(wait))) }),
    ...headers,
  }
}

/** Where it was thrown: the stack without its first lines, which repeat the message. */
function framesOf({ stack = '' }: Error): string {
  const frames = stack.split('\n').filter(line => /^ +at /.test(line))
  return frames.map(line => `\n${line}`).join('')
}

/** Koa logs the stack, and nothing else. */
function causeLine(cause: unknown): string {
  const texts: string[] = []
  for (let e = cause; e instanceof Error; e = e.cause) texts.push(`${e.name}: ${e.message}`)
  return texts.length === 0 ? '' : `\n    caused by ${texts.join(', by ')}`
}
