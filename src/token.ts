import { inspect } from 'node:util'
import { type Claims, decodeClaims } from './util/decode-claims.js'
import { isObject } from './util/kind-of.js'
import type { UserClaims } from './util/standard-claims.js'

/** What the token endpoint answered (OpenID Connect Core 1.0, section 3.1.3.3), times made absolute. */
export interface TokenSet {
  accessToken: string
  refreshToken?: string
  idToken?: string
  tokenType: string
  scope: string[]
  /** Keycloak's session id; the `sid` of its tokens. */
  sessionState?: string
  /** Life of the access token in seconds, counted from `receivedAt`. */
  expiresIn?: number
  /** Life of the refresh token in seconds; absent when unknown or unlimited (offline tokens). */
  refreshExpiresIn?: number
  /** A renewal does not move the end of the refresh token any more: the session at the provider ends there. */
  isRefreshEndFixed?: boolean
  /**
   * What the access token says is believed when it `passed`; `postponed` when the keys could not be had to look;
   * absent when it is opaque, or was found to be wrong.
   */
  accessCheck?: 'passed' | 'postponed'
  /** When the tokens arrived, in seconds since the epoch. */
  receivedAt: number
}

/**
 * The tokens of one login.
 *
 * The raw tokens can be read, but do not show in `JSON.stringify`, `util.inspect` or a log.
 */
export class KeycloakAuthToken<Own = unknown> {
  readonly #tokens: TokenSet
  #access: Claims | undefined
  #id: UserClaims<Own> | undefined

  constructor(tokens: TokenSet) {
    this.#tokens = tokens
  }

  get accessToken(): string {
    return this.#tokens.accessToken
  }
  get refreshToken(): string | undefined {
    return this.#tokens.refreshToken
  }
  get idToken(): string | undefined {
    return this.#tokens.idToken
  }
  /** Life of the access token in seconds when it was received. */
  get expiresIn(): number | undefined {
    return this.#tokens.expiresIn
  }
  /** End of the access token's life, in seconds since the epoch. */
  get expiresAt(): number | undefined {
    const { expiresIn, receivedAt } = this.#tokens
    return expiresIn === undefined ? undefined : receivedAt + expiresIn
  }
  /** Life of the refresh token in seconds when it was received; `undefined` when unknown or unlimited. */
  get refreshExpiresIn(): number | undefined {
    return this.#tokens.refreshExpiresIn
  }
  get tokenType(): string {
    return this.#tokens.tokenType
  }
  get sessionState(): string | undefined {
    return this.#tokens.sessionState
  }
  get scope(): string[] {
    return [...this.#tokens.scope]
  }

  /** The user's id at the provider: stable, unlike the name. */
  get sub(): string | undefined {
    return string(this.idTokenClaims?.sub) ?? string(this.accessTokenClaims?.sub)
  }
  get username(): string | undefined {
    return (
      string(this.idTokenClaims?.preferred_username) ?? string(this.accessTokenClaims?.preferred_username)
    )
  }
  get email(): string | undefined {
    return string(this.idTokenClaims?.email)
  }
  get emailVerified(): boolean {
    return this.idTokenClaims?.email_verified === true
  }

  /** Claims of the access token; `undefined` when it is opaque, or could not be verified. */
  get accessTokenClaims(): Claims | undefined {
    if (this.#tokens.accessCheck !== 'passed') return undefined
    this.#access ??= decodeClaims(this.#tokens.accessToken)
    return this.#access
  }
  /** Claims of the refresh token; `undefined` when there is none or it is opaque. */
  get refreshTokenClaims(): Claims | undefined {
    return decodeClaims(this.#tokens.refreshToken)
  }
  /** Claims of the ID token; `undefined` for tokens that belong to no user (client credentials). */
  get idTokenClaims(): UserClaims<Own> | undefined {
    this.#id ??= decodeClaims(this.#tokens.idToken) as UserClaims<Own> | undefined
    return this.#id
  }

  /** Realm roles: `realm_access` of the access token, or of the ID token where the access token has no roles. */
  get realmRoles(): string[] {
    return rolesOf(roleClaims(this))
  }
  /** Roles at one client, from `resource_access` of the same token. */
  clientRoles(clientId: string): string[] {
    return rolesOf(roleClaims(this), clientId)
  }

  /** Groups of the user, as the claim `groups` of the access token has them, or of the ID token where that has none. */
  get groups(): string[] {
    return listed(this.accessTokenClaims?.groups ?? this.idTokenClaims?.groups)
  }

  /** Aliases of the organizations that the login is for: the claim `organization`, of the same tokens. */
  get organizations(): string[] {
    const { accessTokenClaims, idTokenClaims } = this
    return organizationsOf(accessTokenClaims?.organization === undefined ? idTokenClaims : accessTokenClaims)
  }

  toJSON(): object {
    const { expiresIn, refreshExpiresIn, tokenType, sessionState, scope, sub, username, email } = this
    return { expiresIn, refreshExpiresIn, tokenType, sessionState, scope, sub, username, email }
  }

  [inspect.custom](): string {
    return `KeycloakAuthToken ${inspect(this.toJSON())}`
  }
}

/** The claims that say which roles a login has: the access token's, or the ID token's where that has none. */
export function roleClaims({ accessTokenClaims, idTokenClaims }: KeycloakAuthToken): Claims | undefined {
  const hasRoles = accessTokenClaims?.realm_access ?? accessTokenClaims?.resource_access
  return hasRoles === undefined ? idTokenClaims : accessTokenClaims
}

/** The roles that a token's claims grant: in the realm, or at one client. */
export function rolesOf(claims: Claims | undefined, clientId?: string): string[] {
  const clients = isObject(claims?.resource_access) ? claims.resource_access : {}
  const access =
    clientId === undefined ? claims?.realm_access : Object.hasOwn(clients, clientId) && clients[clientId]
  const roles: unknown = isObject(access) ? access.roles : undefined
  return listed(roles)
}

/**
 * The organizations that a token is for, by alias. Keycloak writes a list of them; with ids or attributes an object that
 * has them as its names; or a single text.
 */
export function organizationsOf(claims: Claims | undefined): string[] {
  const claim = claims?.organization
  if (typeof claim === 'string') return [claim]
  return isObject(claim) ? Object.keys(claim) : listed(claim)
}

/** Whether they are for the organization with that alias; `*`: for any. */
export function isMember(organizations: readonly string[], alias: string): boolean {
  return alias === '*' ? organizations.length > 0 : organizations.includes(alias)
}

/** The texts of a claim that is a list. */
export function listed(claim: unknown): string[] {
  return Array.isArray(claim) ? claim.filter(member => typeof member === 'string') : []
}

/** A verified logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4), and what it did. */
export interface KeycloakBackChannelLogout {
  /** The session to end; absent when all sessions of `sub` are meant. */
  sid?: string
  sub?: string
  iss: string
  aud: string | string[]
  /** When the token was issued, in seconds since the epoch. */
  iat: number
  jti: string
  events: Readonly<Record<string, unknown>>
  /** How many logins it ended here. */
  ended: number
}

/** A verified security event (RFC 8417), and what it did. */
export interface KeycloakSecurityEvent {
  /**
   * What happened: `session-revoked`, `credential-change`, `account-disabled`, `account-purged`, `verification`,
   * `stream-updated`; of any other event its whole type.
   */
  type: string
  /** Whose logins it ends here. */
  covers: 'session' | 'user' | 'nothing'
  /** The session that it is about; absent for all of a user's. */
  sid?: string
  /** The user that it is about, where the event names one by issuer and subject. */
  sub?: string
  iss: string
  aud: string | string[]
  /** When the token was issued, in seconds since the epoch. */
  iat: number
  jti: string
  /** What the event says of itself: `event_timestamp`, `initiating_entity`, `change_type` and so on. */
  event: Readonly<Record<string, unknown>>
  /** How many logins it ended here. */
  ended: number
}

/** A logout that the browser brought (OpenID Connect Front-Channel Logout 1.0, section 2), and what it did. */
export interface FrontchannelLogout {
  iss: string
  sid: string
  /** When it came, in seconds since the epoch. */
  iat: number
  /** How many logins it ended here. */
  ended: number
}

function string(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
