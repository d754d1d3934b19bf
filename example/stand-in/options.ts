import type { IncomingMessage, ServerResponse } from 'node:http'

/** A client as Keycloak's admin console would have it. */
export interface StandInClient {
  clientId: string
  /** None: a public client. */
  clientSecret?: string
  /** Exact addresses, no wildcards. */
  redirectUris: string[]
  postLogoutRedirectUris?: string[]
  /** "Backchannel logout URL". */
  logoutRequestUri?: string
  /** "Backchannel logout session required": the logout token has a `sid`. Default: true, unless `plain`. */
  sessionRequired?: boolean
  clientAuth?: 'client_secret_basic' | 'client_secret_post' | 'client_secret_jwt' | 'private_key_jwt'
  /** Public keys, for `private_key_jwt`. */
  jwks?: object
  /** What the login page calls it. Default: `clientId`. */
  name?: string
}

export interface StandInUser {
  username: string
  password: string
  /** Default: a random UUID. */
  sub?: string
  name?: string
  email?: string
  realmRoles?: string[]
  clientRoles?: Record<string, string[]>
}

export interface StandInOptions {
  /** Default: 0, any free one. */
  port?: number
  /** Default: `demo`. Two stand-ins need different ones: browsers keep one set of cookies for all ports. */
  realm?: string
  clients: StandInClient[]
  users: StandInUser[]
  /** Seconds. Default: 300. */
  accessTokenLifetime?: number
  /** Seconds. Default: 1800. */
  refreshTokenLifetime?: number
  /** The login page lists the users and their passwords. Default: false. */
  showUsers?: boolean
  /**
   * One `sid` for all clients of a session, as Keycloak has it. `false`: one for each client, as other
   * providers do. Default: true.
   */
  sidPerSession?: boolean
  /**
   * Not a Keycloak but an ordinary provider at the root of its host: an opaque access token, no roles, no
   * `sid`, no refresh token, no `refresh_expires_in`, no end-session endpoint. Default: false.
   */
  plain?: boolean
  /** Sees every request as it comes. Default: does nothing. */
  onRequest?: (req: IncomingMessage, res: ServerResponse) => void
}

/** The options with their defaults filled in. */
export type StandInSettings = Required<StandInOptions>

export function settle(options: StandInOptions): StandInSettings {
  return {
    port: 0,
    realm: 'demo',
    accessTokenLifetime: 300,
    refreshTokenLifetime: 1800,
    showUsers: false,
    sidPerSession: true,
    plain: false,
    onRequest: () => undefined,
    ...options,
  }
}
