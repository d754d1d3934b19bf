import { KeycloakError } from '../../index.js'
import { clientRepresentation } from '../client-representation.js'
import { doctor } from '../doctor.js'
import type { Report } from '../report.js'
import { administratorOf } from './administrator.js'
import { applicationOf, type Environment } from './application.js'
import { readArguments, USAGE, UsageError, type Values } from './arguments.js'
import { reportText } from './report-text.js'
import { terraform } from './terraform.js'

/** Where the command writes to: a line at a time. */
export interface Output {
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

/** The exit code of a command that could not do its work. */
const UNUSABLE = 2

/** The command `koa-keycloak`; gives its exit code. Throws what is a defect of this package only. */
export async function run(
  args: readonly string[],
  environment: Environment,
  output: Output,
): Promise<number> {
  try {
    const { command, values } = readArguments(args)
    if (command === 'help') {
      output.out(USAGE)
      return 0
    }
    return await (command === 'client' ? client : examine)(values, environment, output)
  } catch (error) {
    if (!(error instanceof UsageError || error instanceof KeycloakError)) throw error
    output.err(`koa-keycloak: ${error.message}`)
    return UNUSABLE
  }
}

async function client(values: Values, environment: Environment, { out }: Output): Promise<number> {
  const { keycloak } = await applicationOf(values, environment)
  const { secret } = values
  const representation = clientRepresentation(keycloak, { ...addresses(values, environment), secret })
  out(JSON.stringify(values.terraform ? terraform(representation) : representation, null, 2))
  return 0
}

async function examine(values: Values, environment: Environment, { out }: Output): Promise<number> {
  const admin = administratorOf(values, environment)
  const { keycloak, app } = await applicationOf(values, environment)
  const report = await doctor(keycloak, { ...addresses(values, environment), app, admin })
  out(values.json ? JSON.stringify(report, null, 2) : reportText(report))
  return isFailure(report, values.strict ?? false) ? 1 : 0
}

function addresses(values: Values, environment: Environment) {
  return {
    baseUrl: values['base-url'] ?? (environment.BASE_URL || undefined),
    postLogoutRedirectUris: values['post-logout'],
    serviceAccount: values['service-account'],
  }
}

function isFailure({ findings }: Report, strict: boolean): boolean {
  return findings.some(({ severity }) => strict || severity === 'error')
}
