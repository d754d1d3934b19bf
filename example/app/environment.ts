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

type Environment = Readonly<Record<string, string | undefined>>

/** The settings that the environment asks for; throws an error with a line for each variable that is not usable. */
export function readEnvironment(environment: Environment): Settings {
  const problems: string[] = []
  const read = (name: string, isUsable: (value: string) => boolean, expected: string) => {
    const value = environment[name] || undefined
    if (value !== undefined && !isUsable(value)) problems.push(`${name} has to be ${expected}.`)
    return value
  }
  const require = (name: string, isUsable: (value: string) => boolean, expected: string) => {
    const value = read(name, isUsable, expected)
    if (value === undefined) problems.push(`${name} is missing: ${expected}.`)
    return value ?? ''
  }

  const redisUrl = read('REDIS_URL', isUrl('redis:', 'rediss:'), 'a URL such as redis://127.0.0.1:6379')
  const keys = read('APP_KEYS', value => list(value).length > 0, 'one or more secrets, with commas between')
  if (redisUrl !== undefined && keys === undefined) {
    problems.push(
      'APP_KEYS is missing: with REDIS_URL all processes have to sign cookies with the same secret.',
    )
  }
  const settings: Settings = {
    port: Number(read('PORT', isPort, 'a number from 0 (any free port) to 65535') ?? 2700),
    host: read('HOST', isText, 'a host name or an address of this machine') ?? 'localhost',
    baseUrl: read(
      'BASE_URL',
      isBaseUrl,
      'the public address of this application, such as https://app.example.com',
    ),
    keys: keys === undefined ? [randomBytes(32).toString('base64url')] : list(keys),
    configuration: require('KEYCLOAK_CONFIGURATION', isConfiguration, 'the address of the realm, such as https://host/realms/demo, or of its discovery document, or the path of a file with that document'),
    clientId: require('KEYCLOAK_CLIENT_ID', isText, 'the client id of this application at Keycloak'),
    clientSecret: read('KEYCLOAK_CLIENT_SECRET', isText, 'the secret of a confidential client'),
    scopes: words(
      read('KEYCLOAK_SCOPES', isScopes, 'scopes with openid among them, such as "openid profile email"'),
    ),
    redisUrl,
    session: (read('SESSION', isKind, 'cookie or store') as Settings['session'] | undefined) ?? 'cookie',
  }
  if (problems.length > 0) throw new Error(problems.join('\n'))
  return settings
}

const isText = (value: string) => value.trim() !== ''
const isPort = (value: string) => /^\d{1,5}$/.test(value) && Number(value) <= 65_535
const isKind = (value: string) => value === 'cookie' || value === 'store'
const isScopes = (value: string) => words(value)?.includes('openid') ?? false
const isConfiguration = (value: string) => isAbsolute(value) || isUrl('http:', 'https:')(value)

function isUrl(...protocols: string[]): (value: string) => boolean {
  return value => URL.canParse(value) && protocols.includes(new URL(value).protocol)
}

function isBaseUrl(value: string): boolean {
  return isUrl('http:', 'https:')(value) && !/[?#]/.test(value)
}

const words = (value: string | undefined) => value?.split(/[\s,]+/).filter(Boolean)

function list(value: string): string[] {
  return value
    .split(',')
    .map(item => item.trim())
    .filter(Boolean)
}
