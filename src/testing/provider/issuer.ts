import {
  accessTokenClaims,
  accessTokenHash,
  type Issuing,
  idTokenClaims,
  type LogoutSubject,
  logoutTokenClaims,
} from './claims.js'
import type { KeyPair } from './keys.js'
import type { Grant, Session } from './sessions.js'
import type { ProviderSettings } from './settings.js'
import type { Voice } from './voice.js'

export interface AccessTokenRequest {
  /** Who it is for besides Keycloak's own account pages. */
  audience?: readonly string[]
  /** Seconds. Default: the provider's. */
  lifetime?: number
}

/** Makes the tokens that others verify. */
export class Issuer {
  /** Those that are published; the first one signs. */
  keys: readonly [KeyPair, ...KeyPair[]]
  readonly #settings: ProviderSettings
  readonly #voice: Voice
  readonly #accessTokens = new Map<string, { session: Session; endsAt: number }>()

  constructor(settings: ProviderSettings, voice: Voice, key: KeyPair) {
    this.#settings = settings
    this.#voice = voice
    this.keys = [key]
  }

  /** An access token for a user or for a client itself. */
  async accessToken(
    grant: Pick<Grant, 'session' | 'clientId' | 'scope'>,
    { audience, lifetime = this.#settings.accessTokenLifetime }: AccessTokenRequest = {},
  ): Promise<string> {
    const issuing = { ...this.#issuing(), lifetime }
    const claims = accessTokenClaims(issuing, grant, audience)
    const token = await this.#voice.sign('access_token', claims, this.keys[0])
    this.#accessTokens.set(token, { session: grant.session, endsAt: issuing.iat + lifetime })
    return token
  }

  /** An ID token; the nonce belongs to the first of a login alone. */
  idToken(grant: Grant, accessToken: string, isFirst: boolean): Promise<string> {
    const hash = accessTokenHash(accessToken, this.keys[0].alg)
    const { nonce, ...others } = idTokenClaims(this.#issuing(), grant, hash)
    return isFirst
      ? this.#voice.sign('id_token', { ...others, nonce }, this.keys[0])
      : this.#voice.sign('renewed_id_token', others, this.keys[0])
  }

  /** A logout token for a client (OpenID Connect Back-Channel Logout 1.0, section 2.4). */
  logoutToken(clientId: string, of: LogoutSubject): Promise<string> {
    const claims = logoutTokenClaims(this.#issuing(), clientId, of)
    return this.#voice.sign('logout_token', claims, this.keys[0])
  }

  /** The session that an access token which is good now belongs to. */
  sessionOf(accessToken: string): Session | undefined {
    const known = this.#accessTokens.get(accessToken)
    if (!known?.session.isAlive || known.endsAt <= this.#settings.now()) return undefined
    return known.session
  }

  revokeAccessToken(accessToken: string): void {
    this.#accessTokens.delete(accessToken)
  }

  #issuing(): Issuing {
    const { issuer, accessTokenLifetime: lifetime, now } = this.#settings
    return { issuer, lifetime, iat: Math.floor(now()) }
  }
}
