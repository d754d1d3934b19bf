import { checkArgument, checkOptions, invalidOptions } from '../../check-options.js'
import { RequestError } from '../../errors.js'
import type { Question } from '../../protocol/api/permissions/ask-permissions.js'
import {
  type Decision,
  decide,
  knownDecision,
  listPermissions,
} from '../../protocol/api/permissions/kept-permissions.js'
import type { AskedPermission, GrantedPermission } from '../../protocol/api/permissions/permission.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Check, type Checks, neverUndefined, seconds, text, withDefault } from '../../util/checks.js'
import { isPlainObject } from '../../util/kind-of.js'
import { sha256 } from '../../util/random.js'
import { CONTEXT } from '../check-context.js'
import type { Context } from '../types.js'
import { asSubject, subjectOf } from './subject.js'

/** Facts about a request that policies may look at. */
export type PolicyClaims = Readonly<
  Record<string, string | number | boolean | readonly (string | number | boolean)[]>
>

export interface PermissionsOptions {
  /** The client whose resources are meant. Default: the option `audience` of the provider, else this client. */
  audience?: string
  /** Facts that policies may look at, such as the amount of an order; from a function, of each request. */
  claims?: PolicyClaims | ((ctx: Context) => PolicyClaims)
  /**
   * Seconds for which Keycloak is not asked again, at most 300, and never past the end of the access token; a denial
   * is kept for 5 at most. Default 30.
   */
  cacheFor?: number
}

const CLAIMS: Check<NonNullable<PermissionsOptions['claims']>> = {
  expected: 'an object of texts, numbers, true, false and arrays of these, or a function that gives one',
  accepts: (v): v is NonNullable<PermissionsOptions['claims']> =>
    typeof v === 'function' || claimLists(v) !== undefined,
}

export const PERMISSIONS_OPTIONS = {
  audience: neverUndefined(text),
  claims: neverUndefined(CLAIMS),
  cacheFor: withDefault(seconds(300, { min: 0 }), 30),
} satisfies Checks<PermissionsOptions>

/** Options that were checked. */
type Settled = Omit<PermissionsOptions, 'cacheFor'> & { cacheFor: number }

/** Characters of all claims together, as JSON. */
const MAX_CLAIMS = 4000

/** Characters of a question that is kept as it is. */
const LONG = 300

/**
 * All that the request's user may do with the resources of a client, as Keycloak's authorization services say: of
 * the owner of the token that `bearer` or `authenticate` verified, or of who is logged in.
 *
 * Throws `login_required` when nobody is, `token_invalid` when Keycloak does not take the token, a `ProviderError`
 * when it does not answer, `piece_missing`, `invalid_request` for claims that are too long, `invalid_options`.
 */
export async function permissions(
  provider: Provider,
  ctx: Context,
  options: PermissionsOptions = {},
): Promise<readonly GrantedPermission[]> {
  checkProvider('permissions()', provider)
  checkArgument('permissions()', 'ctx', ctx, CONTEXT)
  const asked = checkOptions('permissions()', options, PERMISSIONS_OPTIONS)
  const { cacheFor } = asked
  const question = questionOf(provider, ctx, asked, [])
  const keeping = { question, key: keyOf(question, cacheFor), cacheFor }
  return asSubject(provider, ctx, 'permissions', (subject, token) =>
    listPermissions(provider, subject, keeping, token),
  )
}

/** What is missing of the permissions that are asked for. Throws as `permissions` does. */
export async function decisionFor(
  provider: Provider,
  ctx: Context,
  asked: readonly AskedPermission[],
  options: Settled,
): Promise<Decision> {
  const question = questionOf(provider, ctx, options, asked)
  const keeping = { question, key: keyOf(question, options.cacheFor), cacheFor: options.cacheFor }
  const subject = subjectOf(provider, ctx, 'requirePermission')
  const known = subject && knownDecision(provider, subject, keeping)
  if (known !== undefined) return known
  return asSubject(provider, ctx, 'requirePermission', (subject, token) =>
    decide(provider, subject, keeping, token),
  )
}

/**
 * A long question, which a request may have made so, is kept by its hash; those who keep answers for another time do
 * not share them.
 */
function keyOf(question: Question, cacheFor: number): string {
  const text = cacheFor + JSON.stringify(question)
  return text.length > LONG ? sha256(text) : text
}

function questionOf(
  { settings, clientId }: Provider,
  ctx: Context,
  { audience = settings.audience ?? clientId, claims }: Settled,
  permissions: readonly AskedPermission[],
): Question {
  return { audience, claims: claims && claimsFor(ctx, claims), permissions }
}

function claimsFor(ctx: Context, claims: NonNullable<PermissionsOptions['claims']>) {
  const lists = claimLists(typeof claims === 'function' ? claims(ctx) : claims)
  if (lists === undefined) throw invalidOptions(`requirePermission(): claims has to give ${CLAIMS.expected}.`)
  if (JSON.stringify(lists).length > MAX_CLAIMS)
    throw new RequestError('invalid_request', { detail: '(claims)' })
  return lists
}

/** Keycloak takes arrays of texts, and nothing else. */
function claimLists(claims: unknown): Record<string, string[]> | undefined {
  if (!isPlainObject(claims)) return undefined
  const lists = Object.entries(claims).map(([name, value]) => [name, [value].flat()] as const)
  const isFact = (value: unknown) => ['string', 'number', 'boolean'].includes(typeof value)
  if (!lists.every(([, list]) => list.every(isFact))) return undefined
  return Object.fromEntries(lists.map(([name, list]) => [name, list.map(String)]))
}
