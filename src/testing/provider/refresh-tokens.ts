import { randomBytes, randomUUID } from 'node:crypto'
import { jwtVerify } from 'jose'
import { signHs512 } from './jws.js'
import type { Grant } from './sessions.js'
import type { ProviderSettings } from './settings.js'

/** One login's refresh tokens: where they can be used once only, using one twice ends them all. */
export interface Family {
  grant: Grant
  isAlive: boolean
}

interface Issued {
  family: Family
  isUsed: boolean
}

/** Why a refresh token is refused, in Keycloak's words. */
export class RefreshRefused extends Error {}

/** Refresh tokens as Keycloak has them: JWTs that only Keycloak itself can verify. */
export class RefreshTokens {
  readonly #settings: ProviderSettings
  readonly #secret = randomBytes(64)
  readonly #kid = randomUUID()
  readonly #issued = new Map<string, Issued>()

  constructor(settings: ProviderSettings) {
    this.#settings = settings
  }

  /** A new refresh token, the first of a login or the successor of another one. */
  issue(family: Family): string {
    const { issuer, refreshTokenLifetime, now } = this.#settings
    const { session, clientId, scope } = family.grant
    const [jti, iat] = [randomUUID(), Math.floor(now())]
    this.#issued.set(jti, { family, isUsed: false })
    const claims = {
      exp: isOffline(scope) ? undefined : iat + refreshTokenLifetime,
      iat,
      jti,
      iss: issuer,
      aud: issuer,
      sub: session.person.sub,
      typ: isOffline(scope) ? 'Offline' : 'Refresh',
      azp: clientId,
      sid: session.sid,
      scope,
    }
    return signHs512({ typ: 'JWT', kid: this.#kid }, claims, this.#secret)
  }

  /** What the token stands for; it is used by this. Throws `RefreshRefused`. */
  async redeem(token: string, clientId: string): Promise<Family> {
    const issued = await this.#find(token)
    const { family } = issued
    if (family.grant.clientId !== clientId)
      throw new RefreshRefused('Token client and authorized client don’t match')
    if (!family.isAlive) throw new RefreshRefused('Token is not active')
    if (!family.grant.session.isAlive) throw new RefreshRefused('Session not active')
    if (this.#settings.singleUseRefreshTokens() && issued.isUsed) {
      family.isAlive = false
      throw new RefreshRefused('Maximum allowed refresh token reuse exceeded')
    }
    issued.isUsed = true
    return family
  }

  /** Ends the login that the token belongs to; tells whether there was one. */
  async revoke(token: string): Promise<boolean> {
    const issued = await this.#find(token).catch(() => undefined)
    if (issued) issued.family.isAlive = false
    return issued !== undefined
  }

  async #find(token: string): Promise<Issued> {
    try {
      const currentDate = new Date(this.#settings.now() * 1000)
      const { payload } = await jwtVerify(token, this.#secret, { currentDate, algorithms: ['HS512'] })
      const issued = this.#issued.get(payload.jti ?? '')
      if (issued) return issued
    } catch {
      // Whatever is wrong with it, Keycloak says the same.
    }
    throw new RefreshRefused('Token is not active')
  }
}

export function isOffline(scope: string): boolean {
  return scope.split(' ').includes('offline_access')
}
