import { profileClaims } from './claims.js'
import { authenticatedClient } from './client-authentication.js'
import { Codes } from './codes.js'
import { type Endpoint, metadataOf } from './endpoints.js'
import { Issuer } from './issuer.js'
import type { KeyPair } from './keys.js'
import type { Person } from './people.js'
import { RefreshTokens } from './refresh-tokens.js'
import { clean, formPost, json, type Members, oauthError, page, type Reply, redirectTo } from './reply.js'
import { Sessions, sidIn } from './sessions.js'
import type { ProviderSettings } from './settings.js'
import { TokenEndpoint } from './token-endpoint.js'
import { honestVoice, type Voice } from './voice.js'

/** A request to one of the provider's endpoints. */
export interface Asked {
  query: URLSearchParams
  /** Of a POST. */
  form: URLSearchParams
  authorization: string | undefined
}

/** Who answers an authorization request. */
export interface Visitor {
  person: Person
  /** The session that the browser has at the provider. Default: a new one. */
  sid?: string | undefined
  /** What is answered in place of a login: `access_denied`. */
  error?: string | undefined
}

/** Where an authorization response goes, and how. */
export interface WayBack {
  redirectUri: string
  params: Record<string, string>
  mode: 'query' | 'form_post'
}

/** What an authorization request is answered with: a way back, or a page that says why there is no way back. */
export type Authorized = WayBack | { refused: string }

/** An OpenID provider that answers like Keycloak, without a wire: requests and answers are plain data. */
export class OpenIdProvider {
  readonly settings: ProviderSettings
  readonly sessions = new Sessions()
  readonly issuer: Issuer
  readonly #voice: Voice
  readonly #codes = new Codes()
  readonly #refreshTokens: RefreshTokens
  readonly #tokenEndpoint: TokenEndpoint

  constructor(settings: ProviderSettings, key: KeyPair, voice: Voice = honestVoice) {
    this.settings = settings
    this.#voice = voice
    this.issuer = new Issuer(settings, voice, key)
    this.#refreshTokens = new RefreshTokens(settings)
    this.#tokenEndpoint = new TokenEndpoint(settings, {
      voice,
      issuer: this.issuer,
      codes: this.#codes,
      refreshTokens: this.#refreshTokens,
    })
  }

  /** Answers a request. An authorization request comes from the browser of `visitor`. */
  async answer(endpoint: Endpoint, { query, form, authorization }: Asked, visitor?: Visitor): Promise<Reply> {
    const params = form.size > 0 ? form : query
    switch (endpoint) {
      case 'discovery':
        return this.#metadata()
      case 'jwks':
        return json({ keys: this.issuer.keys.map(({ publicJwk }) => publicJwk) })
      case 'authorization':
        return replyTo(this.authorize(params, visitor))
      case 'token':
        return this.#forClient(form, authorization, id => this.#tokenEndpoint.answer(id, form))
      case 'revocation':
        return this.#forClient(form, authorization, () => this.#revoke(form.get('token') ?? ''))
      case 'userinfo':
        return this.#userInfo(authorization)
      case 'endSession':
        return this.#endSession(params)
    }
  }

  /** Answers an authentication request (OpenID Connect Core 1.0, section 3.1.2) without showing a page. */
  authorize(query: URLSearchParams, visitor?: Visitor): Authorized {
    const [clientId, redirectUri] = [query.get('client_id') ?? '', query.get('redirect_uri') ?? '']
    if (!this.settings.clients.has(clientId)) return { refused: 'Client not found.' }
    if (!this.settings.allowsRedirect(clientId, redirectUri)) {
      return { refused: 'Invalid parameter: redirect_uri' }
    }
    const mode = query.get('response_mode') === 'form_post' ? 'form_post' : 'query'
    const state = query.get('state') ?? undefined
    const error = visitor ? visitor.error : 'login_required'
    const response = visitor && error === undefined ? this.#response(query, visitor) : { error }
    const said = this.#voice.say('authorization', { state, iss: this.settings.issuer, ...response })
    return { redirectUri, mode, params: clean(said) as Record<string, string> }
  }

  #metadata(): Reply {
    const right = metadataOf(this.settings.issuer, this.issuer.keys[0].alg)
    return json(clean(this.#voice.say('metadata', right)))
  }

  #response(query: URLSearchParams, { person, sid }: Visitor): Members {
    const now = Math.floor(this.settings.now())
    const session = this.sessions.open(person, now, sid)
    if (wantsPassword(query, now - session.authTime)) session.authTime = now
    const action = query.get('kc_action')
    const code = this.#codes.issue({
      session,
      clientId: query.get('client_id') ?? '',
      redirectUri: query.get('redirect_uri') ?? '',
      nonce: query.get('nonce') ?? undefined,
      challenge: query.get('code_challenge') ?? undefined,
      scope: granted(query.get('scope') ?? ''),
    })
    const outcome = action === null ? {} : { kc_action: action, kc_action_status: 'success' }
    return { session_state: session.sid, ...outcome, code }
  }

  async #forClient(
    form: URLSearchParams,
    authorization: string | undefined,
    answer: (clientId: string) => Promise<Reply> | Reply,
  ): Promise<Reply> {
    const clientId = authenticatedClient(this.settings.clients, form, authorization)
    if (clientId !== undefined) return answer(clientId)
    return oauthError(401, 'unauthorized_client', 'Invalid client or Invalid client credentials')
  }

  #userInfo(authorization = ''): Reply {
    const session = this.issuer.sessionOf(authorization.replace(/^Bearer /i, ''))
    if (!session) {
      const challenge = { 'www-authenticate': 'Bearer realm="test", error="invalid_token"' }
      return { ...oauthError(401, 'invalid_token', 'Token verification failed'), headers: challenge }
    }
    const right = { sub: session.person.sub, ...profileClaims(session.person) }
    return json(clean(this.#voice.say('userinfo', right)))
  }

  /** OpenID Connect RP-Initiated Logout 1.0, section 2; the browser's own session is that of the hint. */
  #endSession(params: URLSearchParams): Reply {
    this.sessions.end(sidIn(params.get('id_token_hint')))
    const target = params.get('post_logout_redirect_uri')
    const state = params.get('state')
    if (target === null) return page(200, 'You are logged out')
    return redirectTo(target, state === null ? {} : { state })
  }

  /** RFC 7009: a token that is not known is answered like one that was revoked. */
  async #revoke(token: string): Promise<Reply> {
    if (!(await this.#refreshTokens.revoke(token))) this.issuer.revokeAccessToken(token)
    return { status: 200, headers: {}, body: '' }
  }
}

function replyTo(authorized: Authorized): Reply {
  if ('refused' in authorized) return page(400, authorized.refused)
  const { redirectUri, params, mode } = authorized
  return mode === 'form_post' ? formPost(redirectUri, params) : redirectTo(redirectUri, params)
}

/** Whether the request is for a user who authenticates now, or did so lately (OpenID Connect Core 1.0, section 3.1.2.1). */
function wantsPassword(query: URLSearchParams, age: number): boolean {
  const maxAge = query.get('max_age')
  return query.get('prompt') === 'login' || (maxAge !== null && age > Number(maxAge))
}

/** Keycloak grants what every client has (`profile`, `email`) whether it was asked for or not. */
function granted(scope: string): string {
  return [...new Set([...scope.split(' ').filter(Boolean), 'profile', 'email'])].join(' ')
}
