/** What a provider is like. */
export interface ProviderSettings {
  issuer: string
  /** The secret of each client, by client id; a public client has none. */
  clients: ReadonlyMap<string, string | undefined>
  /** Seconds. */
  accessTokenLifetime: number
  /** Seconds; after so long without a renewal a session has ended. */
  refreshTokenLifetime: number
  /** A refresh token can be used once (Keycloak: Revoke Refresh Token). */
  singleUseRefreshTokens(): boolean
  /** Whether a client may be answered at that address. */
  allowsRedirect(clientId: string, redirectUri: string): boolean
  /** Seconds since the epoch. */
  now(): number
}
