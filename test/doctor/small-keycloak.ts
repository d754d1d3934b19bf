import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SignJWT } from 'jose'
import { createKeyPair, type KeyPair } from '../../src/testing/provider/keys.js'

/** What is set about the one client, and about the server: what an administrator may have done to it. */
export interface Knobs {
  clientId: string
  clientSecret: string | undefined
  redirectUris: string[]
  postLogoutRedirectUris: string[]
  enabled: boolean
  standardFlow: boolean
  pkceRequired: boolean
  scopes: string[]
  flows: string[]
  /** Seconds that this server's clock is ahead. */
  ahead: number
  codeLifespan: number
  /** Members of the discovery document, over the usual ones. */
  metadata: Record<string, unknown>
  /** The words on every error page. */
  page: (words: string) => string
  /** Every description and every page has this in it, which came from outside. */
  hostile: string
  /** Answers in place of the server, where it gives one; or the connection ends without an answer. */
  answer: (
    path: string,
  ) => { status: number; body: string; headers?: Record<string, string> } | 'hang up' | undefined
  /** Signs in place of the published key. */
  signWith: KeyPair | undefined
}

export interface SmallKeycloak {
  issuer: string
  knobs: Knobs
  paths: string[]
  close(): Promise<void>
}

/** Making one takes a while. */
let key: KeyPair | undefined

/** As much of a Keycloak as answers without a login, in its words as seen in 26.7.3; every knob at healthy. */
export async function startSmallKeycloak(baseUrl: string): Promise<SmallKeycloak> {
  key ??= await createKeyPair('RS256')
  const own = key
  const knobs: Knobs = {
    clientId: 'koa-app',
    clientSecret: 's3cret',
    redirectUris: [`${baseUrl}/openid/auth`],
    postLogoutRedirectUris: [`${baseUrl}/`],
    enabled: true,
    standardFlow: true,
    pkceRequired: true,
    scopes: ['profile', 'email'],
    flows: [],
    ahead: 0,
    codeLifespan: 60,
    metadata: {},
    page: words => `<html><body><p class="instruction">${words}</p></body></html>`,
    hostile: '',
    answer: () => undefined,
    signWith: undefined,
  }
  const paths: string[] = []
  const server = createServer(async (req, res) => {
    const url = new URL(req.url ?? '/', issuer)
    const path = url.pathname.replace('/realms/demo', '')
    paths.push(path)
    const given = knobs.answer(path)
    if (given === 'hang up') return void res.destroy()
    if (given) return void res.writeHead(given.status, given.headers ?? {}).end(given.body)
    res.sendDate = false
    await new Desk(knobs, issuer, own, req, res).serve(path, url)
  })
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const issuer = `http://localhost:${(server.address() as AddressInfo).port}/realms/demo`
  return {
    issuer,
    knobs,
    paths,
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'

/** Answers one request. */
class Desk {
  readonly #knobs: Knobs
  readonly #issuer: string
  readonly #key: KeyPair
  readonly #req: IncomingMessage
  readonly #res: ServerResponse

  constructor(knobs: Knobs, issuer: string, key: KeyPair, req: IncomingMessage, res: ServerResponse) {
    this.#knobs = knobs
    this.#issuer = issuer
    this.#key = key
    this.#req = req
    this.#res = res
  }

  async serve(path: string, { searchParams }: URL): Promise<void> {
    if (path === '/.well-known/openid-configuration') return this.#json(200, this.#metadata())
    if (path === '/certs') return this.#json(200, { keys: [this.#key.publicJwk] })
    if (path === '/auth') return this.#authorize(searchParams)
    if (path === '/token') return this.#refuse(...this.#refusal(await this.#form()))
    if (path === '/logout') return this.#logout(searchParams)
    this.#json(404, { error: 'Realm does not exist' })
  }

  #metadata() {
    return {
      issuer: this.#issuer,
      authorization_endpoint: `${this.#issuer}/auth`,
      token_endpoint: `${this.#issuer}/token`,
      jwks_uri: `${this.#issuer}/certs`,
      end_session_endpoint: `${this.#issuer}/logout`,
      backchannel_logout_supported: true,
      response_modes_supported: ['query', 'jwt'],
      grant_types_supported: ['authorization_code', 'password', DEVICE],
      token_endpoint_auth_methods_supported: ['client_secret_basic', 'client_secret_post'],
      ...this.#knobs.metadata,
    }
  }

  async #authorize(query: URLSearchParams): Promise<void> {
    const { clientId, enabled, redirectUris } = this.#knobs
    if (query.get('client_id') !== clientId) return this.#page('Client not found.')
    if (!enabled) return this.#page('Client disabled.')
    const redirectUri = query.get('redirect_uri') ?? ''
    if (!redirectUris.some(uri => matches(uri, redirectUri)))
      return this.#page('Invalid parameter: redirect_uri')
    const params = { error: this.#objection(query), error_description: this.#knobs.hostile || 'words' }
    const url = new URL(redirectUri)
    if (query.get('response_mode') === 'jwt') url.searchParams.set('response', await this.#signed(params))
    else url.search = new URLSearchParams(params).toString()
    this.#res.writeHead(302, { location: url.href }).end()
  }

  #objection(query: URLSearchParams): string {
    const { flows, pkceRequired, scopes, standardFlow } = this.#knobs
    const isImplicit = query.get('response_type') === 'id_token'
    if (isImplicit ? !flows.includes('implicit') : !standardFlow) return 'unauthorized_client'
    if (
      query
        .get('scope')
        ?.split(' ')
        .some(scope => !['openid', ...scopes].includes(scope))
    )
      return 'invalid_scope'
    return pkceRequired && !isImplicit && !query.has('code_challenge') ? 'invalid_request' : 'login_required'
  }

  #signed(claims: Record<string, string>): Promise<string> {
    const { ahead, clientId, codeLifespan, signWith } = this.#knobs
    const { alg, kid, privateKey } = signWith ?? this.#key
    return new SignJWT(claims)
      .setProtectedHeader({ alg, kid })
      .setIssuer(this.#issuer)
      .setAudience(clientId)
      .setExpirationTime(Math.floor(Date.now() / 1000) + ahead + codeLifespan)
      .sign(privateKey)
  }

  #refusal(form: URLSearchParams): [status: number, error: string, description?: string] {
    const { clientId, clientSecret, enabled, flows } = this.#knobs
    const [id, secret] = this.#credentials(form)
    if (id !== clientId || !enabled) return [401, 'invalid_client']
    if (clientSecret !== undefined && secret !== clientSecret) return [401, 'unauthorized_client']
    const grant = form.get('grant_type')
    if (grant === 'password' && flows.includes('password')) return [401, 'invalid_request']
    if (grant === 'password') return [400, 'unauthorized_client']
    const device = flows.includes('device') ? 'Device code not valid' : 'Client not allowed'
    return [400, 'invalid_grant', grant === DEVICE ? device : 'Code not valid']
  }

  #credentials(form: URLSearchParams): (string | null)[] {
    const [, basic] = /^Basic (.*)$/.exec(this.#req.headers.authorization ?? '') ?? []
    if (basic !== undefined) return Buffer.from(basic, 'base64').toString().split(':')
    return [form.get('client_id'), form.get('client_secret')]
  }

  #logout(query: URLSearchParams): void {
    const uri = query.get('post_logout_redirect_uri') ?? ''
    const isKnown = this.#knobs.postLogoutRedirectUris.some(each => matches(each, uri))
    if (isKnown) this.#res.writeHead(302, { location: uri }).end()
    else this.#page('Invalid redirect uri')
  }

  async #form(): Promise<URLSearchParams> {
    let body = ''
    for await (const part of this.#req) body += part
    return new URLSearchParams(body)
  }

  #refuse(status: number, error: string, description = 'words'): void {
    this.#json(status, { error, error_description: `${description} ${this.#knobs.hostile}` })
  }

  #page(words: string): void {
    this.#res
      .writeHead(400, { 'content-type': 'text/html' })
      .end(this.#knobs.page(words) + this.#knobs.hostile)
  }

  #json(status: number, body: unknown): void {
    this.#res.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  }
}

/** As Keycloak compares: exactly, or up to the `*`. */
function matches(registered: string, uri: string): boolean {
  return registered.endsWith('*') ? uri.startsWith(registered.slice(0, -1)) : registered === uri
}
