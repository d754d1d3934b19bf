import { isAbsolute } from 'node:path'
import { invalid } from './check-options.js'
import type { ProviderOptions, Routes } from './options.js'
import { isRedisLike } from './store/redis-client.js'
import { isStore } from './store/store.js'
import { isObject } from './util/decode-claims.js'

/** Authorization parameters that the protocol itself sets; nobody else may. */
const RESERVED_PARAMS = new Set([
  'client_id',
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

/** The options with every default filled in. */
export type Settings = ReturnType<typeof resolveOptions>

type Check = readonly [expected: string, holds: (value: unknown) => boolean]

const seconds: Check = ['a number of seconds greater than 0', v => typeof v === 'number' && v > 0 && v < 1e10]
const text: Check = ['a non-empty string', v => typeof v === 'string' && v.length > 0]
const texts: Check = ['an array of strings', v => Array.isArray(v) && v.every(text[1])]
const path: Check = ['a path that begins with /', v => typeof v === 'string' && /^\/[^?#\s]*$/.test(v)]
const callable: Check = ['a function', v => typeof v === 'function']
const oneOf = (...values: unknown[]): Check => [`one of ${values.join(', ')}`, v => values.includes(v)]
const param: Check = [
  'parameter names that are not reserved',
  v => texts[1](v) && !hasReserved(v as string[]),
]

const CHECKS: Record<keyof ProviderOptions, Check> = {
  configuration: [
    'a discovery URL, an issuer URL, an absolute file path or a metadata object',
    v => isObject(v) || (typeof v === 'string' && (isHttpUrl(v) || isAbsolute(v))),
  ],
  clientId: text,
  clientSecret: text,
  clientAuth: [
    'client_secret_basic, client_secret_post, client_secret_jwt, tls_client_auth, none, or { method: private_key_jwt, key }',
    v =>
      (isObject(v) && v.method === 'private_key_jwt' && isObject(v.key)) ||
      oneOf('client_secret_basic', 'client_secret_post', 'client_secret_jwt', 'tls_client_auth', 'none')[1](
        v,
      ),
  ],
  issuer: ['an http or https URL', isHttpUrl],
  name: [
    'up to 32 letters, digits, - and _, beginning with a letter',
    v => typeof v === 'string' && /^[a-z][\w-]{0,31}$/i.test(v) && !(v in {}),
  ],
  prefix: [
    'a path that begins with / and does not end with it, or an empty string',
    v => v === '' || (path[1](v) && !(v as string).endsWith('/')),
  ],
  routes: ['{ login, callback, logout, logoutRequest }, each a path or false', areRoutes],
  baseUrl: ['an http or https URL without query, or a path that begins with /', isBaseUrl],
  scopes: ['an array of scopes with openid in it', v => texts[1](v) && (v as string[]).includes('openid')],
  authorizationParams: [
    'an object of strings whose names are not reserved',
    v => isObject(v) && Object.values(v).every(text[1]) && !hasReserved(Object.keys(v)),
  ],
  queryParams: param,
  allowedOrigins: [
    'an array of origins such as https://www.example.com',
    v => texts[1](v) && (v as string[]).every(o => isHttpUrl(o) && new URL(o).origin === o),
  ],
  store: [
    'a Store, a koa-redis store, an ioredis client or a node-redis client',
    v => isStore(v) || isRedisLike(v),
  ],
  logoutScope: oneOf('session', 'subject'),
  renew: oneOf('eager', 'lazy'),
  maxAge: seconds,
  configurationMaxAge: seconds,
  keysMaxAge: seconds,
  timeout: seconds,
  storeTimeout: seconds,
  clockTolerance: ['a number of seconds from 0 to 300', v => typeof v === 'number' && v >= 0 && v <= 300],
  userAgent: text,
  fetch: callable,
  audience: text,
  legacy: oneOf(true, false),
  now: callable,
}

/** Checks every option and fills in the defaults; throws `invalid_options`, naming the option. */
export function resolveOptions(options: ProviderOptions) {
  checkOptions(options, CHECKS)
  checkContradictions(options)
  return Object.freeze({
    name: 'keycloak',
    prefix: '/openid',
    scopes: ['openid', 'profile', 'email'] as readonly string[],
    authorizationParams: {} as Readonly<Record<string, string>>,
    queryParams: [] as readonly string[],
    allowedOrigins: [] as readonly string[],
    logoutScope: 'session' as const,
    renew: 'eager' as const,
    maxAge: 36_000,
    configurationMaxAge: 3600,
    keysMaxAge: 3600,
    timeout: 3,
    storeTimeout: 1,
    clockTolerance: 10,
    legacy: false,
    now: () => Date.now() / 1000,
    ...defined(options),
    routes: resolveRoutes(options.routes),
  })
}

function resolveRoutes(given: Routes = {}): Required<Routes> {
  const routes: Required<Routes> = {
    login: '/login',
    callback: '/auth',
    logout: '/logout',
    logoutRequest: '/logout_request',
    ...defined(given),
  }
  const paths = Object.values(routes).filter(path => path !== false)
  if (new Set(paths).size < paths.length) throw invalid('routes: each has to have a path of its own.')
  return routes
}

/** Throws `invalid_options` for an unknown, missing or unusable option. */
export function checkOptions(
  options: object,
  checks: Record<string, Check>,
  required = ['configuration', 'clientId'],
) {
  if (!isObject(options)) throw invalid('The options have to be an object.')
  for (const [option, value] of Object.entries(options)) {
    const check = checks[option]
    if (!check) throw invalid(`There is no option ${JSON.stringify(option.slice(0, 40))}.`)
    if (value !== undefined && !check[1](value)) throw invalid(`${option} has to be ${check[0]}.`)
  }
  for (const option of required) {
    if (options[option] === undefined) throw invalid(`${option} is required: ${checks[option]?.[0]}.`)
  }
}

function checkContradictions({ clientSecret, clientAuth, authorizationParams }: ProviderOptions): void {
  const needsSecret = typeof clientAuth === 'string' && clientAuth.startsWith('client_secret')
  if (needsSecret && clientSecret === undefined)
    throw invalid(`clientAuth ${clientAuth} needs a clientSecret.`)
  if (clientAuth === 'none' && clientSecret !== undefined) {
    throw invalid('clientAuth none and a clientSecret contradict each other: leave one out.')
  }
  if (authorizationParams?.prompt?.split(' ').includes('none')) {
    throw invalid(
      'authorizationParams.prompt none would let nobody log in: give it to login() for one route.',
    )
  }
}

function defined<T extends object>(options: T): T {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as T
}

function isHttpUrl(value: unknown): boolean {
  return typeof value === 'string' && URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)
}

function isBaseUrl(value: unknown): boolean {
  if (path[1](value)) return !(value as string).startsWith('//')
  return isHttpUrl(value) && new URL(value as string).search === '' && new URL(value as string).hash === ''
}

function areRoutes(value: unknown): boolean {
  const names = ['login', 'callback', 'logout', 'logoutRequest']
  const isPath = (v: unknown) => v === undefined || v === false || path[1](v)
  return isObject(value) && Object.entries(value).every(([k, v]) => names.includes(k) && isPath(v))
}

function hasReserved(names: readonly string[]): boolean {
  return names.some(name => RESERVED_PARAMS.has(name))
}
