import { checkArgument, invalidOptions } from '../../check-options.js'
import { AccessError } from '../../errors.js'
import { askToLogIn } from '../../http/guard/ask-to-log-in.js'
import { type LoginState, loadedState, stateOf } from '../../http/guard/login-state.js'
import { pass } from '../../http/guard/pass.js'
import { refused } from '../../http/refusal.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { KeycloakAuthToken, listed, roleClaims, rolesOf } from '../../token.js'
import { type Check, listOf, text } from '../../util/checks.js'
import type { Claims } from '../../util/decode-claims.js'
import { isObject, isPlainObject, kindOf } from '../../util/kind-of.js'

/** A realm role by its name, a role at a client, or a group as the claim `groups` has it: `/staff`. */
export type Role = string | { client: string; role: string } | { group: string }

/** Several, all of which a user has to have. */
export interface Roles {
  all: readonly [Role, ...Role[]]
}

const ROLE: Check<Role> = {
  expected: 'the name of a realm role, { client, role } for a role at a client, or { group }',
  accepts: (v): v is Role => text.accepts(v) || isNamed(v, 'client', 'role') || isNamed(v, 'group'),
  given: v => {
    if (Array.isArray(v)) return 'an array: give its roles one by one, or { all } for all of them'
    if (typeof v === 'string') return text.given?.(v)
    return isObject(v)
      ? 'an object without exactly these two names, or with one that is no string'
      : undefined
  },
}

const LIST = listOf(ROLE, { min: 1 })

const ROLE_OR_ROLES: Check<Role | Roles> = {
  expected: `${ROLE.expected}; or { all: [ … ] } for several of these`,
  accepts: (v): v is Role | Roles => ROLE.accepts(v) || isRoles(v),
  given: v =>
    isObject(v) && 'all' in v ? `{ all } with ${LIST.given?.(v.all) ?? kindOf(v.all)}` : ROLE.given?.(v),
}

/**
 * Lets only users pass who have one of the roles; `{ all: [ … ] }` stands for several of which none may lack. Reads
 * `realm_access`, `resource_access` and `groups`: of the login's access token, or of its ID token where that has none;
 * or of the token that `bearer` or `authenticate` verified. Pass-through.
 *
 * Throws `role_missing` (403): never a login loop. Nobody logged in: as `requireLogin`. `invalid_options` when it is called.
 */
export function requireRole(provider: Provider, ...roles: [Role | Roles, ...(Role | Roles)[]]): Middleware {
  checkProvider('requireRole()', provider)
  if (roles.length === 0)
    throw invalidOptions('requireRole() needs a role: with none it would let nobody pass.')
  for (const role of roles) checkArgument('requireRole()', 'a role', role, ROLE_OR_ROLES)
  const choices = roles.map(choice => (isRoles(choice) ? [...choice.all] : [choice]))
  return async function requireRole(ctx, next) {
    const holder = stateOf(provider, ctx).bearer ?? loginIn(loadedState(provider, ctx, 'requireRole'))
    if (holder === undefined) return askToLogIn(provider, ctx)
    if (!choices.some(all => all.every(role => hasRole(holder, role))))
      throw refused(provider, 'access.refused', new AccessError('role_missing'))
    await pass(ctx, next)
  }
}

const loginIn = (state: LoginState) => (state.loggedIn ? state.token : undefined)

/** Of a login whose tokens name no roles: none, which is no role at all. */
function hasRole(holder: Claims | KeycloakAuthToken, role: Role): boolean {
  const claims = holder instanceof KeycloakAuthToken ? roleClaims(holder) : holder
  if (typeof role === 'string') return rolesOf(claims).includes(role)
  if ('group' in role) return groupsOf(holder).includes(role.group)
  return rolesOf(claims, role.client).includes(role.role)
}

function groupsOf(holder: Claims | KeycloakAuthToken): string[] {
  return holder instanceof KeycloakAuthToken ? holder.groups : listed(holder.groups)
}

/** Exactly these names, with a text each: a role whose client is undefined is not the realm's role of that name. */
function isNamed(value: unknown, ...names: string[]): boolean {
  if (!isPlainObject(value) || Object.keys(value).length !== names.length) return false
  return names.every(name => text.accepts(value[name]))
}

function isRoles(value: unknown): value is Roles {
  return isPlainObject(value) && Object.keys(value).join() === 'all' && LIST.accepts(value.all)
}
