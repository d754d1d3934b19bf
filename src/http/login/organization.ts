import { RequestError } from '../../errors.js'
import type { Check } from '../../util/checks.js'
import type { Context } from '../types.js'

/** An organization of Keycloak's by its alias, `*` for any; or what gives the alias for a request. */
export type Organization = string | ((ctx: Context) => string)

/** Characters of an alias. */
const LONGEST = 255

/** An alias becomes part of a scope. */
const isAlias = (value: unknown): value is string =>
  typeof value === 'string' && value.length <= LONGEST && /^[!-)+-~]+$/.test(value)

export const ORGANIZATION: Check<Organization> = {
  expected: "the alias of an organization, '*' for any, or a function that gives an alias",
  accepts: (v): v is Organization => typeof v === 'function' || v === '*' || isAlias(v),
}

/**
 * The alias that a request is about. Throws `invalid_request` for what is none: a `*` too, since a request can not
 * ask to be let in by any.
 */
export function organizationOf(ctx: Context, organization: Organization): string {
  if (typeof organization === 'string') return organization
  const alias: unknown = organization(ctx)
  if (isAlias(alias)) return alias
  throw new RequestError('invalid_request', { detail: '(organization)' })
}
