import { parseArgs } from 'node:util'

/** What stands on the command line, or would have. */
export interface Arguments {
  readonly command: 'client' | 'doctor' | 'help'
  readonly values: Values
}

export type Values = ReturnType<typeof parse>['values']

/** Thrown for a command line that is not understood; its text is for who typed it. */
export class UsageError extends Error {
  override name = 'UsageError'
}

const OPTIONS = {
  config: { type: 'string' },
  configuration: { type: 'string' },
  'client-id': { type: 'string' },
  issuer: { type: 'string' },
  prefix: { type: 'string' },
  scope: { type: 'string', multiple: true },
  legacy: { type: 'boolean' },
  'base-url': { type: 'string' },
  'post-logout': { type: 'string', multiple: true },
  'service-account': { type: 'boolean' },
  secret: { type: 'boolean' },
  terraform: { type: 'boolean' },
  json: { type: 'boolean' },
  strict: { type: 'boolean' },
  admin: { type: 'boolean' },
  'admin-realm': { type: 'string' },
  'admin-url': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const

/** Options that only one of the commands has. */
const ONLY: Record<'client' | 'doctor', readonly (keyof typeof OPTIONS)[]> = {
  client: ['secret', 'terraform'],
  doctor: ['json', 'strict', 'admin', 'admin-realm', 'admin-url'],
}

export const USAGE = `koa-keycloak doctor [options]   looks for what would make logins or logouts fail, or leave them open
koa-keycloak client [options]   prints the client that Keycloak has to have, as JSON

The application, by a file or by options:
  --config FILE          module that exports keycloak (or default): what createKeycloak() returns, or its options;
                         and app, if there is one. Or a JSON file of options
  --configuration URL    the realm's address                                       KEYCLOAK_CONFIGURATION
  --client-id ID         the client's id                                           KEYCLOAK_CLIENT_ID
                         the client's secret, by the environment alone             KEYCLOAK_CLIENT_SECRET
  --issuer URL           the expected issuer, where the address is an internal one
  --prefix PATH          the path before the routes
  --scope SCOPE          once for each scope
  --legacy               Keycloak before 18

  --base-url URL         the application's public address                          BASE_URL
  --post-logout PATH     where a logout may lead to, once for each; default: the first page
  --service-account      the application uses clientToken()

client
  --secret               with the client's secret in it
  --terraform            as Terraform's JSON, for the provider keycloak/keycloak

doctor
  --json                 the report as JSON
  --strict               a warning makes the exit code 1 as well
  --admin                compares the client in Keycloak, too, as
                           a user                KEYCLOAK_ADMIN and KEYCLOAK_ADMIN_PASSWORD, or
                           a client              KEYCLOAK_ADMIN_CLIENT_ID and KEYCLOAK_ADMIN_CLIENT_SECRET
  --admin-realm NAME     the realm of these; default: master
  --admin-url URL        where the admin REST API is, if elsewhere

Exit code: 0 no error found, 1 errors found, 2 the command or the configuration is not usable.`

/** Throws a `UsageError`. */
export function readArguments(args: readonly string[]): Arguments {
  const { values, positionals } = understood(args)
  const [command, ...more] = positionals
  if (values.help || command === undefined || command === 'help') return { command: 'help', values }
  if (command !== 'client' && command !== 'doctor')
    throw new UsageError(`There is no command ${command}: client and doctor are there.`)
  if (more.length > 0) throw new UsageError(`${more.join(' ')}: options begin with --.`)
  const strange = ONLY[command === 'client' ? 'doctor' : 'client'].find(name => values[name] !== undefined)
  if (strange !== undefined) throw new UsageError(`--${strange} is no option of ${command}.`)
  return { command, values }
}

function understood(args: readonly string[]) {
  try {
    return parse(args)
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : 'The options are not usable.')
  }
}

function parse(args: readonly string[]) {
  return parseArgs({ args: [...args], options: OPTIONS, allowPositionals: true, strict: true })
}
