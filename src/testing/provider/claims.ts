import { createHash, randomUUID } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { Person } from './people.js'
import type { Members } from './reply.js'
import type { Grant, Session } from './sessions.js'

/** What every token of a realm is made with. */
export interface Issuing {
  issuer: string
  /** Seconds since the epoch, whole. */
  iat: number
  /** Seconds that access and ID tokens live. */
  lifetime: number
}

/** OpenID Connect Core 1.0, section 2, with what Keycloak adds. `nonce` is that of the login alone. */
export function idTokenClaims(
  issuing: Issuing,
  { session, clientId, nonce }: Grant,
  at_hash: string,
): JWTPayload {
  return {
    ...common(issuing, session, clientId),
    aud: clientId,
    typ: 'ID',
    nonce,
    at_hash,
    ...profileClaims(session.person),
  }
}

/**
 * An access token as Keycloak writes it, with the roles in the two claims where it has them. It is also for the other
 * clients in which the user has roles (Keycloak: mapper Audience Resolve).
 */
export function accessTokenClaims(
  issuing: Issuing,
  { session, clientId, scope }: Omit<Grant, 'redirectUri' | 'nonce' | 'challenge'>,
  audience: readonly string[] = [],
): JWTPayload {
  const { person } = session
  return {
    ...common(issuing, session, clientId),
    aud: listed([...Object.keys(person.clientRoles).filter(id => id !== clientId), 'account', ...audience]),
    typ: 'Bearer',
    realm_access: { roles: person.realmRoles },
    resource_access: resourceAccess(person),
    scope,
    ...profileClaims(person),
  }
}

/** Whose login a logout token ends. */
export interface LogoutSubject {
  sub?: string
  sid?: string
}

/** OpenID Connect Back-Channel Logout 1.0, section 2.4. */
export function logoutTokenClaims(
  { issuer, iat }: Issuing,
  clientId: string,
  subject: LogoutSubject,
): JWTPayload {
  return {
    iss: issuer,
    aud: clientId,
    iat,
    exp: iat + 120,
    jti: randomUUID(),
    typ: 'Logout',
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
    ...subject,
  }
}

/** What Keycloak's scopes `profile` and `email`, which every client has, say of a user. */
export function profileClaims({ username, claims }: Person): Members {
  const given_name = username.charAt(0).toUpperCase() + username.slice(1)
  return {
    preferred_username: username,
    name: `${given_name} Tester`,
    given_name,
    family_name: 'Tester',
    email: `${username}@example.com`,
    email_verified: true,
    ...claims,
  }
}

/** The hash of an access token that goes into its ID token (OpenID Connect Core 1.0, section 3.1.3.6). */
export function accessTokenHash(accessToken: string, alg: string): string {
  const bits = /\d{3}$/.exec(alg)?.[0] ?? '512' // EdDSA hashes with SHA-512
  const hash = createHash(`sha${bits}`).update(accessToken).digest()
  return hash.subarray(0, hash.length / 2).toString('base64url')
}

function common({ issuer, iat, lifetime }: Issuing, session: Session, clientId: string): JWTPayload {
  return {
    exp: iat + lifetime,
    iat,
    auth_time: session.authTime,
    jti: randomUUID(),
    iss: issuer,
    sub: session.person.sub,
    azp: clientId,
    sid: session.sid,
    acr: session.person.acr,
  }
}

function resourceAccess({ clientRoles }: Person): Members {
  const own = Object.entries(clientRoles).map(([clientId, roles]) => [clientId, { roles }])
  return { account: { roles: ['manage-account', 'view-profile'] }, ...Object.fromEntries(own) }
}

/** As Keycloak writes an audience: one alone is no array. */
function listed(audience: string[]): string | string[] {
  const [one = '', ...more] = new Set(audience)
  return more.length === 0 ? one : [one, ...more]
}
