import { createHash, randomBytes, randomUUID } from 'node:crypto'
import type { JWTPayload } from 'jose'
import type { Forgery, Knobs, Overrides } from './knobs.js'
import { json, oauthError, type Reply } from './mischief.js'
import { clean, forge, type Keyring, type Signing } from './signing.js'

export interface Login {
  sub: string
  sid: string
}

interface CodeRequest extends Login {
  clientId: string
  redirectUri: string
  nonce: string | undefined
  challenge: string | undefined
  scope: string
}

interface Family {
  request: CodeRequest
  alive: boolean
}

export interface ForgerSettings {
  clientId: string
  /** None: a public client. */
  clientSecret: string | undefined
  /** Seconds. */
  accessTokenLifetime: number
  /** Seconds since the epoch. */
  now: () => number
}

const eventsClaim = { 'http://schemas.openid.net/event/backchannel-logout': {} }
const random = () => randomBytes(16).toString('base64url')

/** An OpenID provider as small as it can be, with every answer open to change. */
export class ForgedProvider {
  readonly issuer: string
  readonly settings: ForgerSettings
  readonly logins: Login[] = []
  knobs: Knobs
  ring: Keyring
  readonly #codes = new Map<string, CodeRequest>()
  readonly #refreshTokens = new Map<string, { family: Family; used: boolean }>()
  readonly #accessTokens = new Map<string, Login>()

  constructor(issuer: string, settings: ForgerSettings, ring: Keyring, knobs: Knobs) {
    this.issuer = issuer
    this.settings = settings
    this.ring = ring
    this.knobs = knobs
  }

  metadata(): Reply {
    const { issuer } = this
    const right = {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      userinfo_endpoint: `${issuer}/userinfo`,
      jwks_uri: `${issuer}/jwks`,
      end_session_endpoint: `${issuer}/logout`,
      response_types_supported: ['code'],
      response_modes_supported: ['query', 'form_post'],
      grant_types_supported: ['authorization_code', 'refresh_token', 'client_credentials'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: [this.ring.own.alg],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: [
        'client_secret_basic',
        'client_secret_post',
        'client_secret_jwt',
        'private_key_jwt',
        'none',
      ],
      authorization_response_iss_parameter_supported: true,
      backchannel_logout_supported: true,
      backchannel_logout_session_supported: true,
    }
    return json(clean({ ...right, ...this.knobs.metadata }))
  }

  /** Logs in whoever comes, without a page, and sends them back. */
  authorize(query: URLSearchParams): Reply {
    const redirectUri = query.get('redirect_uri') ?? ''
    const login = { sub: this.knobs.sub, sid: this.knobs.sid ?? randomUUID() }
    const code = random()
    this.#codes.set(code, {
      ...login,
      clientId: query.get('client_id') ?? '',
      redirectUri,
      nonce: query.get('nonce') ?? undefined,
      challenge: query.get('code_challenge') ?? undefined,
      scope: query.get('scope') ?? '',
    })
    const right = {
      state: query.get('state') ?? undefined,
      session_state: login.sid,
      iss: this.issuer,
      code,
    }
    const parameters = clean({ ...right, ...this.knobs.authorization }) as Record<string, string>
    return query.get('response_mode') === 'form_post'
      ? formPost(redirectUri, parameters)
      : redirectTo(redirectUri, parameters)
  }

  token(form: URLSearchParams, authorization: string | undefined): Promise<Reply> | Reply {
    if (!this.#authenticates(form, authorization)) return oauthError(401, 'invalid_client')
    switch (form.get('grant_type')) {
      case 'authorization_code':
        return this.#exchange(form)
      case 'refresh_token':
        return this.#refresh(form)
      case 'client_credentials':
        return this.#clientToken()
      default:
        return oauthError(400, 'unsupported_grant_type')
    }
  }

  userInfo(authorization = ''): Reply {
    const login = this.#accessTokens.get(authorization.replace(/^Bearer /i, ''))
    if (!login) return oauthError(401, 'invalid_token')
    const right = { sub: login.sub, preferred_username: login.sub, email: `${login.sub}@example.com` }
    return json(clean({ ...right, ...this.knobs.userInfo }))
  }

  endSession(query: URLSearchParams): Reply {
    const target = query.get('post_logout_redirect_uri')
    const state = query.get('state')
    return target ? redirectTo(target, state === null ? {} : { state }) : json({ loggedOut: true })
  }

  sign(claims: JWTPayload, signing?: Signing): Promise<string> {
    return forge(this.ring, claims, signing)
  }

  /** A logout token for the latest login, correct but for what is overridden. */
  signLogoutToken(claims: Overrides = {}, signing: Signing = {}): Promise<string> {
    const iat = Math.floor(this.settings.now())
    const { sub, sid } = this.logins.at(-1) ?? { sub: this.knobs.sub, sid: this.knobs.sid }
    const right = {
      iss: this.issuer,
      aud: this.settings.clientId,
      iat,
      exp: iat + 120,
      jti: randomUUID(),
      typ: 'Logout',
      events: eventsClaim,
      sub,
      sid,
    }
    const header = { typ: 'logout+jwt', ...signing.header }
    return this.sign({ ...right, ...claims }, { ...signing, header })
  }

  #authenticates(form: URLSearchParams, authorization: string | undefined): boolean {
    const { clientId, clientSecret } = this.settings
    if (form.has('client_assertion')) return true
    const [, encoded = ''] = /^Basic (\S+)$/i.exec(authorization ?? '') ?? []
    const [id, secret] = encoded
      ? Buffer.from(encoded, 'base64').toString().split(':').map(formDecode)
      : [form.get('client_id'), form.get('client_secret') ?? undefined]
    return id === clientId && secret === clientSecret
  }

  async #exchange(form: URLSearchParams): Promise<Reply> {
    const code = form.get('code') ?? ''
    const request = this.#codes.get(code)
    this.#codes.delete(code)
    if (!request) return oauthError(400, 'invalid_grant', 'Code not valid')
    if (request.redirectUri !== form.get('redirect_uri')) {
      return oauthError(400, 'invalid_grant', 'Incorrect redirect_uri')
    }
    if (request.challenge !== undefined && request.challenge !== s256(form.get('code_verifier'))) {
      return oauthError(400, 'invalid_grant', 'PKCE verification failed')
    }
    this.logins.push({ sub: request.sub, sid: request.sid })
    return json(await this.#response({ request, alive: true }, true))
  }

  async #refresh(form: URLSearchParams): Promise<Reply> {
    const { refresh } = this.knobs
    const presented = form.get('refresh_token') ?? ''
    const token = this.#refreshTokens.get(presented)
    if (!token?.family.alive) return oauthError(400, 'invalid_grant', 'Token is not active')
    if (refresh.rotate && token.used) {
      token.family.alive = false
      return oauthError(400, 'invalid_grant', 'Maximum allowed refresh token reuse exceeded')
    }
    token.used = refresh.rotate
    const response = await this.#response(token.family, false)
    const kept = refresh.rotate ? {} : { refresh_token: presented }
    return json(clean({ ...response, ...kept, ...refresh.response }))
  }

  async #response(family: Family, first: boolean): Promise<Record<string, unknown>> {
    const { request } = family
    const refreshToken = random()
    this.#refreshTokens.set(refreshToken, { family, used: false })
    const right = {
      access_token: await this.#accessToken(request),
      expires_in: this.settings.accessTokenLifetime,
      refresh_expires_in: 1800,
      refresh_token: refreshToken,
      token_type: 'Bearer',
      id_token: first || !this.knobs.refresh.noIdToken ? await this.#idToken(request, first) : undefined,
      'not-before-policy': 0,
      session_state: request.sid,
      scope: request.scope,
    }
    return clean({ ...right, ...this.knobs.token })
  }

  async #clientToken(): Promise<Reply> {
    const login = { sub: 'service-account', sid: '' }
    const right = {
      access_token: await this.#accessToken({ ...login, clientId: this.settings.clientId, scope: '' }),
      expires_in: this.settings.accessTokenLifetime,
      token_type: 'Bearer',
      scope: 'email profile',
    }
    return json(clean({ ...right, ...this.knobs.token }))
  }

  #idToken(request: CodeRequest, first: boolean): Promise<string> {
    const right = {
      ...this.#standardClaims(request, 'ID'),
      aud: request.clientId,
      auth_time: Math.floor(this.settings.now()),
      nonce: first ? request.nonce : undefined,
      acr: '1',
      email: `${request.sub}@example.com`,
      preferred_username: request.sub,
    }
    return this.#forged(this.knobs.idToken, right, first ? {} : this.knobs.refresh.claims)
  }

  async #accessToken(request: Login & { clientId: string; scope: string }): Promise<string> {
    const right = {
      ...this.#standardClaims(request, 'Bearer'),
      aud: 'account',
      scope: request.scope,
      preferred_username: request.sub,
      realm_access: { roles: ['user'] },
      resource_access: { account: { roles: ['view-profile'] } },
    }
    const token = await this.#forged(this.knobs.accessToken, right)
    this.#accessTokens.set(token, request)
    return token
  }

  #standardClaims({ sub, sid, clientId }: Login & { clientId: string }, typ: string) {
    const iat = Math.floor(this.settings.now())
    const exp = iat + this.settings.accessTokenLifetime
    return { iss: this.issuer, sub, iat, exp, jti: randomUUID(), typ, azp: clientId, sid: sid || undefined }
  }

  #forged({ claims, ...signing }: Forgery, right: JWTPayload, more: Overrides = {}): Promise<string> {
    return this.sign({ ...right, ...claims, ...more }, signing)
  }
}

const s256 = (verifier: string | null) =>
  createHash('sha256')
    .update(verifier ?? '')
    .digest('base64url')

const formDecode = (text: string) => decodeURIComponent(text.replace(/\+/g, ' '))

function redirectTo(target: string, parameters: Record<string, string>): Reply {
  const url = new URL(target)
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
  return { status: 302, headers: { location: url.href }, body: '' }
}

function formPost(target: string, parameters: Record<string, string>): Reply {
  const escapeHtml = (text: string) =>
    text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;')
  const inputs = Object.entries(parameters).map(
    ([name, value]) => `<input type="hidden" name="${name}" value="${escapeHtml(value)}">`,
  )
  const body = `<!doctype html><title>On its way</title><form method="post" action="${escapeHtml(target)}">
${inputs.join('')}</form><script>document.forms[0].submit()</script>`
  return { status: 200, headers: { 'content-type': 'text/html' }, body }
}
