import { checkArgument, checkOptions } from '../../check-options.js'
import { AccessError } from '../../errors.js'
import { decisionFor, PERMISSIONS_OPTIONS, type PermissionsOptions } from '../../http/api/permissions.js'
import { askToLogIn } from '../../http/guard/ask-to-log-in.js'
import { loadedState, stateOf } from '../../http/guard/login-state.js'
import { pass } from '../../http/guard/pass.js'
import { refused } from '../../http/refusal.js'
import type { Context, Middleware } from '../../http/types.js'
import {
  type AskedPermission,
  askedPermission,
  PERMISSION,
  type Permission,
  permissionText,
} from '../../protocol/api/permissions/permission.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Check, oneOrMore } from '../../util/checks.js'

/** Permissions, all of which are asked for; from a function, of each request. */
export type Permissions =
  | Permission
  | readonly Permission[]
  | ((ctx: Context) => Permission | readonly Permission[])

const FIXED = oneOrMore(PERMISSION)

const PERMISSIONS: Check<Permissions> = {
  ...FIXED,
  expected: `${FIXED.expected}, or a function that gives them`,
  accepts: (v): v is Permissions => typeof v === 'function' || FIXED.accepts(v),
}

/**
 * Lets only users pass who have the permissions, all of them, by Keycloak's authorization services: of the owner of
 * the token that `bearer` or `authenticate` verified, or of who is logged in. Pass-through.
 *
 * Keycloak is asked once for as many requests as want the same, and its answer kept for `cacheFor` seconds in this
 * process, but never past the access token or the login.
 *
 * Throws `permission_missing` (403). While Keycloak does not answer, `provider_unavailable` (503): neither granted nor
 * denied. `token_invalid` for a token that Keycloak does not take, `invalid_request` for a permission of the request's
 * that is none, what `accessToken` throws. Nobody logged in: as `requireLogin`. `invalid_options` when it is called.
 */
export function requirePermission(
  provider: Provider,
  permissions: Permissions,
  options: PermissionsOptions = {},
): Middleware {
  checkProvider('requirePermission()', provider)
  checkArgument('requirePermission()', 'a permission', permissions, PERMISSIONS)
  const settled = checkOptions('requirePermission()', options, PERMISSIONS_OPTIONS)
  const fixed = typeof permissions === 'function' ? undefined : partsOf(permissions)
  return async function requirePermission(ctx, next) {
    const { bearer } = stateOf(provider, ctx)
    if (bearer === undefined && !loadedState(provider, ctx, 'requirePermission').loggedIn)
      return askToLogIn(provider, ctx)
    const asked = typeof permissions === 'function' ? partsOf(permissions(ctx)) : (fixed ?? [])
    const decision = await decisionFor(provider, ctx, asked, settled).catch(loginEnded)
    if (decision === undefined) return askToLogIn(provider, ctx)
    const { missing, denial } = decision
    if (missing.length > 0) throw refused(provider, 'access.refused', lacking(fixed, missing, denial))
    await pass(ctx, next)
  }
}

/** A login that turned out to have ended at the provider is none. */
function loginEnded(error: unknown): undefined {
  if (!(error instanceof AccessError) || error.code !== 'login_required') throw error
}

/** An empty list would let everybody pass. */
function partsOf(permissions: Permission | readonly Permission[]): AskedPermission[] {
  const list = [permissions].flat()
  return list.length === 0 ? [askedPermission(undefined)] : list.map(askedPermission)
}

/** Names what is missing where the application wrote it; what a request named is not repeated. */
function lacking(fixed: AskedPermission[] | undefined, missing: readonly number[], denial = 'not_granted') {
  const names = fixed?.filter((_, place) => missing.includes(place)).map(permissionText)
  return new AccessError('permission_missing', {
    reason: denial,
    ...(names && { detail: `(${names.join(', ')})` }),
  })
}
