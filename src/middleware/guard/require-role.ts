import { AccessError } from '../../errors.js'
import { askToLogIn } from '../../http/guard/ask-to-log-in.js'
import { type LoginState, loadedState, stateOf } from '../../http/guard/login-state.js'
import type { Middleware } from '../../http/types.js'
import type { Provider } from '../../provider.js'
import { invalid } from '../../settings.js'
import { rolesOf } from '../../token.js'
import type { Claims } from '../../util/decode-claims.js'

/** A realm role by its name, or a role at a client. */
export type Role = string | { client: string; role: string }

/**
 * Lets only users pass who have one of the roles; for several at once stand several guards in a row. Reads the
 * access token's `realm_access` and `resource_access`, of the login or of `bearer`. Pass-through.
 *
 * Throws `role_missing` (403): never a login loop. Nobody logged in: as `requireLogin`.
 */
export function requireRole(provider: Provider, ...roles: [Role, ...Role[]]): Middleware {
  if (roles.length === 0) throw invalid('requireRole() needs a role.')
  return async function requireRole(ctx, next) {
    const claims = stateOf(provider, ctx).bearer ?? claimsOfLogin(loadedState(provider, ctx, 'requireRole'))
    if (claims === undefined) return askToLogIn(provider, ctx)
    if (!roles.some(role => hasRole(claims, role))) throw new AccessError('role_missing')
    await next()
  }
}

/** Of a login whose access token is opaque: none, which is no role at all. */
function claimsOfLogin(state: LoginState): Claims | undefined {
  return state.loggedIn ? (state.token.accessTokenClaims ?? {}) : undefined
}

function hasRole(claims: Claims, role: Role): boolean {
  return typeof role === 'string'
    ? rolesOf(claims).includes(role)
    : rolesOf(claims, role.client).includes(role.role)
}
