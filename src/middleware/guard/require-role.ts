import { checkArgument, invalid } from '../../check-options.js'
import { AccessError } from '../../errors.js'
import { askToLogIn } from '../../http/guard/ask-to-log-in.js'
import { type LoginState, loadedState, stateOf } from '../../http/guard/login-state.js'
import { pass } from '../../http/guard/pass.js'
import { refused } from '../../http/refusal.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { roleClaims, rolesOf } from '../../token.js'
import { type Check, text } from '../../util/checks.js'
import { type Claims, isObject } from '../../util/decode-claims.js'
import { isPlainObject } from '../../util/kind-of.js'

/** A realm role by its name, or a role at a client. */
export type Role = string | { client: string; role: string }

const ROLE: Check<Role> = {
  expected: 'the name of a realm role, or { client, role } for a role at a client',
  accepts: (v): v is Role => text.accepts(v) || isClientRole(v),
  given: v => {
    if (Array.isArray(v)) return 'an array: give its roles one by one'
    if (typeof v === 'string') return text.given?.(v)
    return isObject(v)
      ? 'an object without exactly these two names, or with one that is no string'
      : undefined
  },
}

/**
 * Lets only users pass who have one of the roles; for several at once stand several guards in a row. Reads
 * `realm_access` and `resource_access`: of the login's access token, or of its ID token where that has none; or of
 * the token that `bearer` verified. Pass-through.
 *
 * Throws `role_missing` (403): never a login loop. Nobody logged in: as `requireLogin`. `invalid_options` when it is called.
 */
export function requireRole(provider: Provider, ...roles: [Role, ...Role[]]): Middleware {
  checkProvider('requireRole()', provider)
  if (roles.length === 0) throw invalid('requireRole() needs a role: with none it would let nobody pass.')
  for (const role of roles) checkArgument('requireRole()', 'a role', role, ROLE)
  return async function requireRole(ctx, next) {
    const claims = stateOf(provider, ctx).bearer ?? claimsOfLogin(loadedState(provider, ctx, 'requireRole'))
    if (claims === undefined) return askToLogIn(provider, ctx)
    if (!roles.some(role => hasRole(claims, role)))
      throw refused(provider, 'access.refused', new AccessError('role_missing'))
    await pass(ctx, next)
  }
}

/** Of a login whose tokens name no roles: none, which is no role at all. */
function claimsOfLogin(state: LoginState): Claims | undefined {
  return state.loggedIn ? (roleClaims(state.token) ?? {}) : undefined
}

function hasRole(claims: Claims, role: Role): boolean {
  return typeof role === 'string'
    ? rolesOf(claims).includes(role)
    : rolesOf(claims, role.client).includes(role.role)
}

/** A role whose client is undefined is not the realm's role of that name. */
function isClientRole(value: unknown): boolean {
  if (!isPlainObject(value) || Object.keys(value).length !== 2) return false
  return text.accepts(value.client) && text.accepts(value.role)
}
