import { createHash, randomBytes } from 'node:crypto'
import Koa from 'koa'
import type { StandIn } from '../../../example/stand-in/stand-in.js'
import { type Served, serve } from '../../support/app/serve.js'
import type { UserAgent } from '../../support/browser/user-agent.js'

export interface Tokens {
  access_token: string
  id_token: string
  refresh_token?: string
  [name: string]: unknown
}

/** The least that a relying party can do: it shows what it gets, and collects logout tokens. */
export class RelyingParty {
  readonly clientId: string
  readonly logoutTokens: string[] = []
  /** What logout requests are answered with. */
  logoutStatus = 200
  #served: Served | undefined

  constructor(clientId = 'app') {
    this.clientId = clientId
  }

  async start(): Promise<this> {
    const app = new Koa()
    app.use(async ctx => {
      let body = ''
      for await (const chunk of ctx.req) body += chunk
      const token = new URLSearchParams(body).get('logout_token')
      if (token) this.logoutTokens.push(token)
      ctx.status = token ? this.logoutStatus : 200
      ctx.body = { path: ctx.path, query: ctx.query, form: Object.fromEntries(new URLSearchParams(body)) }
    })
    this.#served = await serve(app)
    return this
  }

  get url(): string {
    return this.#served?.url ?? ''
  }

  get client() {
    return {
      clientId: this.clientId,
      clientSecret: 's3cret+/%',
      redirectUris: [`${this.url}/callback`],
      postLogoutRedirectUris: [`${this.url}/bye`],
      logoutRequestUri: `${this.url}/logout`,
    }
  }

  close(): Promise<void> | undefined {
    return this.#served?.close()
  }

  /** Authorization request and code exchange. */
  async login(op: StandIn, agent: UserAgent, extra: Record<string, string> = {}): Promise<Tokens> {
    const verifier = randomBytes(32).toString('base64url')
    const url = await this.loginUrl(op, { ...challenge(verifier), ...extra })
    const page = await agent.login(url, 'alice', 'alice')
    const { query, form } = page.json<{ query: Record<string, string>; form: Record<string, string> }>()
    const code = query.code ?? form.code
    if (!code) throw new Error(`No code: ${page.url}`)
    const response = await this.token(op, {
      grant_type: 'authorization_code',
      code,
      redirect_uri: `${this.url}/callback`,
      code_verifier: verifier,
    })
    return (await response.json()) as Tokens
  }

  async loginUrl(op: StandIn, extra: Record<string, string> = {}): Promise<string> {
    const { authorization_endpoint } = await metadata(op)
    const query = new URLSearchParams({
      client_id: this.clientId,
      response_type: 'code',
      scope: 'openid',
      redirect_uri: `${this.url}/callback`,
      state: 'the-state',
      nonce: 'the-nonce',
      ...extra,
    })
    return `${authorization_endpoint}?${query}`
  }

  async token(op: StandIn, body: Record<string, string>): Promise<Response> {
    const { token_endpoint } = await metadata(op)
    const secret = encodeURIComponent(this.client.clientSecret)
    const authorization = `Basic ${Buffer.from(`${this.clientId}:${secret}`).toString('base64')}`
    return fetch(token_endpoint ?? '', {
      method: 'POST',
      headers: { authorization },
      body: new URLSearchParams(body),
    })
  }

  refresh(op: StandIn, token: string | undefined): Promise<Response> {
    return this.token(op, { grant_type: 'refresh_token', refresh_token: token ?? '' })
  }
}

export async function metadata(op: StandIn): Promise<Record<string, string>> {
  return (await (await fetch(op.discoveryUrl)).json()) as Record<string, string>
}

function challenge(verifier: string) {
  const code_challenge = createHash('sha256').update(verifier).digest('base64url')
  return { code_challenge, code_challenge_method: 'S256' }
}
