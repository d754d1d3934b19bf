import { createHash, randomUUID } from 'node:crypto'
import type { Codes } from './codes.js'
import type { Issuer } from './issuer.js'
import { serviceAccount } from './people.js'
import { type Family, isOffline, RefreshRefused, type RefreshTokens } from './refresh-tokens.js'
import { clean, json, oauthError, type Reply } from './reply.js'
import type { ProviderSettings } from './settings.js'
import type { Voice } from './voice.js'

/** The token endpoint (RFC 6749, section 3.2), for clients that have shown who they are. */
export class TokenEndpoint {
  readonly #settings: ProviderSettings
  readonly #voice: Voice
  readonly #issuer: Issuer
  readonly #codes: Codes
  readonly #refreshTokens: RefreshTokens

  constructor(
    settings: ProviderSettings,
    parts: { voice: Voice; issuer: Issuer; codes: Codes; refreshTokens: RefreshTokens },
  ) {
    this.#settings = settings
    this.#voice = parts.voice
    this.#issuer = parts.issuer
    this.#codes = parts.codes
    this.#refreshTokens = parts.refreshTokens
  }

  answer(clientId: string, form: URLSearchParams): Promise<Reply> | Reply {
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#exchange(clientId, form)
      case 'refresh_token':
        return this.#refresh(clientId, form)
      case 'client_credentials':
        return this.#clientToken(clientId)
      default:
        return oauthError(400, 'unsupported_grant_type', 'Unsupported grant_type')
    }
  }

  #exchange(clientId: string, form: URLSearchParams): Promise<Reply> | Reply {
    const grant = this.#codes.take(form.get('code') ?? '')
    if (!grant?.session.isAlive || grant.clientId !== clientId) return refused('Code not valid')
    if (grant.redirectUri !== form.get('redirect_uri')) return refused('Incorrect redirect_uri')
    if (grant.challenge !== undefined && grant.challenge !== s256(form.get('code_verifier') ?? '')) {
      return refused('PKCE verification failed: Code mismatch')
    }
    this.#voice.loggedIn(grant.session)
    return this.#tokens({ grant, isAlive: true }, form, true)
  }

  async #refresh(clientId: string, form: URLSearchParams): Promise<Reply> {
    try {
      const family = await this.#refreshTokens.redeem(form.get('refresh_token') ?? '', clientId)
      return await this.#tokens(family, form, false)
    } catch (error) {
      if (error instanceof RefreshRefused) return refused(error.message)
      throw error
    }
  }

  /** RFC 6749, section 5.1, with what Keycloak adds. */
  async #tokens(family: Family, form: URLSearchParams, isFirst: boolean): Promise<Reply> {
    const { grant } = family
    const accessToken = this.#voice.issued(await this.#issuer.accessToken(grant))
    const isOpenId = grant.scope.split(' ').includes('openid')
    const right = {
      access_token: accessToken,
      expires_in: this.#settings.accessTokenLifetime,
      refresh_expires_in: isOffline(grant.scope) ? 0 : this.#settings.refreshTokenLifetime,
      refresh_token: this.#refreshTokens.issue(family),
      token_type: 'Bearer',
      id_token: isOpenId ? await this.#issuer.idToken(grant, accessToken, isFirst) : undefined,
      'not-before-policy': 0,
      session_state: grant.session.sid,
      scope: grant.scope,
    }
    return json(clean(this.#voice.say(isFirst ? 'token' : 'renewal', right, form)))
  }

  /** Of the client itself (RFC 6749, section 4.4): no session, no refresh token, no ID token. */
  async #clientToken(clientId: string): Promise<Reply> {
    const { issuer, accessTokenLifetime, now } = this.#settings
    const person = serviceAccount(issuer, clientId)
    const session = { sid: randomUUID(), person, authTime: Math.floor(now()), isAlive: true }
    const scope = 'profile email'
    const right = {
      access_token: this.#voice.issued(await this.#issuer.accessToken({ session, clientId, scope })),
      expires_in: accessTokenLifetime,
      refresh_expires_in: 0,
      token_type: 'Bearer',
      'not-before-policy': 0,
      scope,
    }
    return json(clean(this.#voice.say('token', right)))
  }
}

function refused(description: string): Reply {
  return oauthError(400, 'invalid_grant', description)
}

function s256(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url')
}
