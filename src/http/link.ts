import { checkOptions } from '../check-options.js'
import type { Provider } from '../provider/provider.js'
import type { Check, Checks } from '../util/checks.js'
import { publicPath } from './public-address.js'

/** What a link to the login route says; beside `returnTo` the parameters that `queryParams` names. */
export interface LoginQuery {
  /** Where to go after the login: a path, or an address on an allowed origin. Default: the first page. */
  returnTo?: string | undefined
  [param: string]: string | undefined
}

/** What a link to the logout route says. */
export interface LogoutQuery {
  /** Where to go after the logout: a path, or an address on an allowed origin. Default: the first page. */
  redirectUri?: string | undefined
  /** Comes back with the browser as it is (OpenID Connect RP-Initiated Logout 1.0, section 2). */
  state?: string | undefined
}

/** What a link says may come from anywhere: the route that it leads to judges it. */
const value: Check<string> = { expected: 'a string', accepts: (v): v is string => typeof v === 'string' }

export const LOGOUT_QUERY = { redirectUri: value, state: value } satisfies Checks<LogoutQuery>

/** Path of the login route with this query. Throws `invalid_options` for what that route would not read. */
export function loginLink(provider: Provider, query: LoginQuery = {}): string {
  const names = ['returnTo', ...provider.settings.queryParams]
  const table: Checks<Record<string, string>> = Object.fromEntries(names.map(name => [name, value]))
  const params: Record<string, string | undefined> = query
  return link(provider, 'login', checkOptions('keycloak.loginUrl()', params, table))
}

/** Path of the logout route with this query. Throws `invalid_options`. */
export function logoutLink(provider: Provider, query: LogoutQuery = {}): string {
  return link(provider, 'logout', checkOptions('keycloak.logoutUrl()', query, LOGOUT_QUERY))
}

function link(provider: Provider, route: 'login' | 'logout', query: LoginQuery): string {
  const params = new URLSearchParams()
  for (const [name, value] of Object.entries(query)) if (value !== undefined) params.set(name, value)
  return publicPath(provider, route) + (params.size > 0 ? `?${params}` : '')
}
