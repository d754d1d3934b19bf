import { RequestError } from '../../../errors.js'
import type { Check } from '../../../util/checks.js'
import { isPlainObject } from '../../../util/kind-of.js'

/**
 * A permission of Keycloak's authorization services: `'orders#view'`, `'orders#view,edit'`, `'orders'`; or in its
 * parts, the resource by its name or id, or by an address that it has.
 */
export type Permission =
  | string
  | { resource: string; scopes?: readonly string[] }
  | { uri: string; scopes?: readonly string[] }

/** A permission in its parts. */
export interface AskedPermission {
  resource: string
  scopes: readonly string[]
  byUri: boolean
}

/** What Keycloak says that a user may do with a resource. */
export interface GrantedPermission {
  /** The resource's name. */
  readonly resource: string
  /** Its id. */
  readonly id: string
  readonly scopes: readonly string[]
}

/** Characters of a resource, an address or a scope. */
const LONGEST = 500

export const PERMISSION: Check<Permission> = {
  expected: "'resource#scope', { resource, scopes } or { uri, scopes }",
  accepts: (v): v is Permission => partsOf(v) !== undefined,
  given: v => (typeof v === 'string' && v !== '' ? 'a string that is none' : undefined),
}

/** The parts of a permission that a request decides on. Throws `invalid_request` for what is none. */
export function askedPermission(permission: unknown): AskedPermission {
  const parts = partsOf(permission)
  if (parts === undefined) throw new RequestError('invalid_request', { detail: '(permission)' })
  return parts
}

/** How a permission stands in a request: `permission=orders#view,edit`. */
export function permissionText({ resource, scopes }: AskedPermission): string {
  return scopes.length === 0 ? resource : `${resource}#${scopes.join(',')}`
}

/**
 * Whether what was granted covers what was asked. Keycloak grants in part: of several permissions those that it can,
 * of several scopes too. By an address it answers with the resource's name, and is asked about nothing else.
 */
export function isGranted(
  { resource, scopes, byUri }: AskedPermission,
  granted: readonly GrantedPermission[],
) {
  return granted.some(
    one =>
      (byUri || one.resource === resource || one.id === resource) &&
      scopes.every(scope => one.scopes.includes(scope)),
  )
}

function partsOf(permission: unknown): AskedPermission | undefined {
  if (typeof permission === 'string') {
    const [resource = '', scopes, ...more] = permission.split('#')
    return more.length > 0 ? undefined : checked(resource, scopes?.split(','), false)
  }
  if (!isPlainObject(permission)) return undefined
  const { resource, uri, scopes, ...more } = permission
  if (Object.keys(more).length > 0 || (resource === undefined) === (uri === undefined)) return undefined
  if ('scopes' in permission && !Array.isArray(scopes)) return undefined
  return checked(resource ?? uri, Array.isArray(scopes) ? scopes : undefined, uri !== undefined)
}

/**
 * Keycloak takes an empty resource for any, and parts a text at `#` and `,`: what a request names must not become
 * another permission by that.
 */
function checked(
  resource: unknown,
  scopes: unknown[] | undefined,
  byUri: boolean,
): AskedPermission | undefined {
  const isResource = isPart(resource) && (!byUri || /^\/(?!.*#)/.test(resource))
  if (!isResource || scopes?.length === 0) return undefined
  const list = scopes ?? []
  return list.every(isScope) ? { resource, scopes: list, byUri } : undefined
}

function isPart(value: unknown): value is string {
  return (
    typeof value === 'string' && value.trim() !== '' && value.length <= LONGEST && !/[#\p{Cc}]/u.test(value)
  )
}

const isScope = (value: unknown): value is string => isPart(value) && !value.includes(',')
