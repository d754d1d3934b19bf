import type { Administrator } from '../options.js'
import type { Environment } from './application.js'
import { UsageError, type Values } from './arguments.js'

/** Who the administrator is, by the environment alone: what stands on a command line others can see. */
export function administratorOf(values: Values, environment: Environment): Administrator | undefined {
  if (!values.admin) return undefined
  const where = { realm: values['admin-realm'], url: values['admin-url'] }
  const { KEYCLOAK_ADMIN: user, KEYCLOAK_ADMIN_PASSWORD: password } = environment
  if (user && password) return { user, password, ...where }
  const { KEYCLOAK_ADMIN_CLIENT_ID: clientId, KEYCLOAK_ADMIN_CLIENT_SECRET: clientSecret } = environment
  if (clientId && clientSecret) return { clientId, clientSecret, ...where }
  throw new UsageError(
    '--admin needs KEYCLOAK_ADMIN and KEYCLOAK_ADMIN_PASSWORD, or KEYCLOAK_ADMIN_CLIENT_ID and KEYCLOAK_ADMIN_CLIENT_SECRET.',
  )
}
