import { randomBytes } from 'node:crypto'
import { isAbsolute } from 'node:path'

/** Everything that can be set about the application. */
export interface Settings {
  port: number
  host: string
  /** The public address; without it, the one of the request. */
  baseUrl: string | undefined
  keys: string[]
  configuration: string
  clientId: string
  clientSecret: string | undefined
  scopes: string[] | undefined
  redisUrl: string | undefined
  /** Where `ctx.session` is kept: in the browser, or where the logins are. */
  session: 'cookie' | 'store'
}

/** What a variable has to be, in words and as a check. */
type Kind = readonly [expected: string, isUsable: (value: string) => boolean]

const port: Kind = [
  'a number from 0 (any free port) to 65535',
  value => /^\d{1,5}$/.test(value) && Number(value) <= 65_535,
]
const host: Kind = ['a host name or an address of this machine', value => !/\s/.test(value)]
const baseUrl: Kind = [
  'the public address of this application, such as https://app.example.com',
  value => isUrl(value, 'http:', 'https:') && !/[?#]/.test(value),
]
const secrets: Kind = ['one or more secrets with commas between', value => list(value, ',').length > 0]
const configuration: Kind = [
  'the address of the realm, such as https://host/realms/demo, or of its discovery document, or a file',
  value => isAbsolute(value) || isUrl(value, 'http:', 'https:'),
]
const clientId: Kind = ['the id that this application has as a client of Keycloak', isText]
const clientSecret: Kind = ['the secret of a confidential client', isText]
const scopes: Kind = [
  'scopes with openid among them, such as "openid profile email"',
  value => list(value).includes('openid'),
]
const redisUrl: Kind = [
  'an address such as redis://127.0.0.1:6379',
  value => isUrl(value, 'redis:', 'rediss:'),
]
const session: Kind = ['cookie or store', value => value === 'cookie' || value === 'store']

/**
 * The settings that the environment asks for; throws an error with a line for each variable that is wrong.
 */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): Settings {
  const problems: string[] = []
  const read = (name: string, [expected, isUsable]: Kind) => {
    const value = environment[name] || undefined
    if (value !== undefined && !isUsable(value)) problems.push(`${name} has to be ${expected}.`)
    return value
  }
  const require = (name: string, kind: Kind, why = '') => {
    const value = read(name, kind)
    if (value === undefined) problems.push(`${name} is missing: ${kind[0]}${why}.`)
    return value ?? ''
  }

  const redis = read('REDIS_URL', redisUrl)
  const shared = ', the same for all processes that share this Redis'
  const keys = redis === undefined ? read('APP_KEYS', secrets) : require('APP_KEYS', secrets, shared)
  const wanted = read('KEYCLOAK_SCOPES', scopes)
  const settings: Settings = {
    port: Number(read('PORT', port) ?? 2700),
    host: read('HOST', host) ?? 'localhost',
    baseUrl: read('BASE_URL', baseUrl),
    keys: keys === undefined ? [randomBytes(32).toString('base64url')] : list(keys, ','),
    configuration: require('KEYCLOAK_CONFIGURATION', configuration),
    clientId: require('KEYCLOAK_CLIENT_ID', clientId),
    clientSecret: read('KEYCLOAK_CLIENT_SECRET', clientSecret),
    scopes: wanted === undefined ? undefined : list(wanted),
    redisUrl: redis,
    session: read('SESSION', session) === 'store' ? 'store' : 'cookie',
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return settings
}

function isText(value: string): boolean {
  return value.trim() !== ''
}

function isUrl(value: string, ...protocols: string[]): boolean {
  return URL.canParse(value) && protocols.includes(new URL(value).protocol)
}

function list(value: string, separator: string | RegExp = /[\s,]+/): string[] {
  const items = value.split(separator).map(item => item.trim())
  return items.filter(Boolean)
}
