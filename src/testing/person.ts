import { type Check, type Checks, listOf, text, withDefault, word } from '../util/checks.js'
import type { Claims } from '../util/decode-claims.js'
import { isPlainObject } from '../util/kind-of.js'
import { type Person, subOf } from './provider/people.js'

/** Who a user is. */
export interface PersonOptions {
  /** Default: `alice`. */
  username?: string
  /** The user's id. Default: one that depends on realm and username alone; `kc.sub(username)` tells it. */
  sub?: string
  /** Default: none. */
  realmRoles?: readonly string[]
  /** Roles by the client that they are roles of. Default: none. */
  clientRoles?: Readonly<Record<string, readonly string[]>>
  /** How the user authenticated. Default: `1`. */
  acr?: string
  /** Claims over those that every user has; one that is `undefined` takes a claim away. Default: none. */
  claims?: Claims
}

const roles = listOf(text)

const rolesByClient: Check<Readonly<Record<string, readonly string[]>>> = {
  expected: 'an object with an array of roles for each client',
  accepts: (v): v is Record<string, string[]> => isPlainObject(v) && Object.values(v).every(roles.accepts),
}

const claims: Check<Claims> = { expected: 'an object', accepts: isPlainObject }

export const PERSON = {
  username: withDefault(text, 'alice'),
  sub: text,
  realmRoles: withDefault(roles, []),
  clientRoles: withDefault(rolesByClient, {}),
  acr: withDefault(word, '1'),
  claims: withDefault(claims, {}),
} satisfies Checks<PersonOptions>

/** The user that checked options describe. */
export function personOf(
  issuer: string,
  { username, sub, realmRoles, clientRoles, acr, claims }: Omit<Person, 'sub'> & { sub?: string | undefined },
): Person {
  return { username, sub: sub ?? subOf(issuer, username), realmRoles, clientRoles, acr, claims }
}
