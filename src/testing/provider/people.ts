import { createHash } from 'node:crypto'
import type { Members } from './reply.js'

/** Somebody who logs in, as the realm knows them. */
export interface Person {
  sub: string
  username: string
  realmRoles: readonly string[]
  /** Roles by the client that they are roles of. */
  clientRoles: Readonly<Record<string, readonly string[]>>
  /** How they authenticated. */
  acr: string
  /** Claims over those that every user has, in ID and access token and at the userinfo endpoint. */
  claims: Members
}

/** A user's id: the same whenever somebody of that name logs in, so that tests can count on it. */
export function subOf(issuer: string, username: string): string {
  const hex = createHash('sha256').update(`${issuer} ${username}`).digest('hex')
  const groups = [hex.slice(0, 8), hex.slice(8, 12), `4${hex.slice(13, 16)}`, `8${hex.slice(17, 20)}`]
  return [...groups, hex.slice(20, 32)].join('-')
}

/** The user that Keycloak keeps for a client. */
export function serviceAccount(issuer: string, clientId: string): Person {
  const username = `service-account-${clientId}`
  return { username, sub: subOf(issuer, username), realmRoles: [], clientRoles: {}, acr: '1', claims: {} }
}
