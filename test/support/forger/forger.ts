import { once } from 'node:events'
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { JWTPayload } from 'jose'
import { type ForgerEndpoint, forgerEndpoints, innocent, type Knobs, type Overrides } from './knobs.js'
import { json, misbehave, oauthError, type Reply, send } from './mischief.js'
import { ForgedProvider, type Login } from './provider.js'
import { createKeyPair, type KeyPair, type Keyring, type Signing } from './signing.js'

export type { Answer, ForgerEndpoint, Knobs, Mischief } from './knobs.js'
export type { Login } from './provider.js'
export type { Signing, Trick } from './signing.js'

export interface ForgerOptions {
  /** Default: `app`. */
  clientId?: string
  /** Default: `s3cret`; null: a public client. */
  clientSecret?: string | null
  /** Default: RS256. */
  alg?: string
  /** Seconds. Default: 300. */
  accessTokenLifetime?: number
  /** Seconds since the epoch. Default: the real time. */
  now?: () => number
}

export interface ForgerRequest {
  endpoint: ForgerEndpoint
  method: string
  url: URL
  headers: IncomingHttpHeaders
  /** Of a POST. */
  form: URLSearchParams
}

export interface Forger {
  issuer: string
  discoveryUrl: string
  port: number
  clientId: string
  clientSecret: string | undefined
  counts: Record<ForgerEndpoint, number>
  requests: ForgerRequest[]
  /** The latest request to an endpoint. Throws if there was none. */
  last(endpoint: ForgerEndpoint): ForgerRequest
  /** Logins whose code was exchanged, the latest last. */
  logins: Login[]
  /** Change them at will. */
  knobs: Knobs
  /** All knobs back, counts and requests forgotten. */
  reset(): void
  /** Requests to the endpoint wait, and are in `counts`, until the function it returns is called. */
  hold(endpoint: ForgerEndpoint): () => void
  /** Resolves when so many requests in all have arrived at the endpoint. */
  arrived(endpoint: ForgerEndpoint, count: number): Promise<void>
  /** Any JWT: signed with the current key, unless `signing` says otherwise. */
  sign(claims: JWTPayload, signing?: Signing): Promise<string>
  /** A logout token for the latest login, correct but for what is overridden. */
  signLogoutToken(claims?: Overrides, signing?: Signing): Promise<string>
  /** The current signing key. */
  key: KeyPair
  /** A new signing key. The old one stays published with `keep`. */
  rotateKeys(options?: { keep?: boolean; alg?: string }): Promise<void>
  close(): Promise<void>
}

/** A small OpenID provider that logs in whoever comes, and misbehaves as told. */
export async function startForger(options: ForgerOptions = {}): Promise<Forger> {
  const { clientId = 'app', clientSecret = 's3cret', alg = 'RS256', accessTokenLifetime = 300 } = options
  const settings = {
    clientId,
    clientSecret: clientSecret ?? undefined,
    accessTokenLifetime,
    now: options.now ?? (() => Date.now() / 1000),
  }
  const desk = new FrontDesk()
  const server = createServer((req, res) => void desk.serve(req, res))
  server.listen(0, 'localhost')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const issuer = `http://localhost:${port}/realms/forged`

  const ring: Keyring = {
    own: await createKeyPair(alg),
    foreign: await createKeyPair(alg),
    clientSecret: clientSecret ?? '',
    foreignJwksUrl: `${issuer}/foreign-jwks`,
  }
  const provider = new ForgedProvider(issuer, settings, ring, innocent())
  desk.provider = provider
  desk.published = [ring.own]

  return {
    issuer,
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    port,
    clientId,
    clientSecret: settings.clientSecret,
    counts: desk.counts,
    requests: desk.requests,
    logins: provider.logins,
    get knobs() {
      return provider.knobs
    },
    get key() {
      return provider.ring.own
    },
    last(endpoint) {
      const request = desk.requests.findLast(candidate => candidate.endpoint === endpoint)
      if (!request) throw new Error(`No request to ${endpoint}`)
      return request
    },
    reset() {
      provider.knobs = innocent()
      desk.forget()
    },
    hold: endpoint => desk.hold(endpoint),
    arrived: (endpoint, count) => desk.arrived(endpoint, count),
    sign: (claims, signing) => provider.sign(claims, signing),
    signLogoutToken: (claims, signing) => provider.signLogoutToken(claims, signing),
    async rotateKeys({ keep = false, alg: next = provider.ring.own.alg } = {}) {
      const own = await createKeyPair(next)
      desk.published = [own, ...(keep ? desk.published : [])]
      provider.ring = { ...provider.ring, own }
    },
    async close() {
      server.close()
      server.closeAllConnections()
      await once(server, 'close')
    },
  }
}

const paths: Record<string, ForgerEndpoint> = {
  '/.well-known/openid-configuration': 'discovery',
  '/jwks': 'jwks',
  '/authorize': 'authorization',
  '/token': 'token',
  '/userinfo': 'userinfo',
  '/logout': 'endSession',
  '/foreign-jwks': 'foreignJwks',
}

/** Takes requests in, writes them down, holds them back, and answers: well, or as mischief says. */
class FrontDesk {
  provider: ForgedProvider | undefined
  published: KeyPair[] = []
  readonly counts = Object.fromEntries(forgerEndpoints.map(name => [name, 0])) as Record<
    ForgerEndpoint,
    number
  >
  readonly requests: ForgerRequest[] = []
  readonly #held = new Map<ForgerEndpoint, Promise<void>>()
  readonly #watchers = new Set<() => void>()

  async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://localhost')
    const endpoint = paths[url.pathname.replace('/realms/forged', '')]
    const form = new URLSearchParams((await req.setEncoding('utf8').toArray()).join(''))
    if (!endpoint || !this.provider) return send(res, oauthError(404, 'not_found'))
    this.#record({ endpoint, method: req.method ?? '', url, headers: req.headers, form })
    await this.#held.get(endpoint)
    if (req.socket.destroyed) return // nobody waits for it any more: what was asked for is not done
    const mischief = this.provider.knobs.mischief[endpoint]
    // A request that isn't answered has no effect either.
    if (mischief === 'hang' || mischief === 'drop') return misbehave(mischief, req, res, json({}))
    const right = await this.#answer(this.provider, endpoint, url, form, req.headers)
    if (mischief) await misbehave(mischief, req, res, right)
    else send(res, right)
  }

  forget(): void {
    this.requests.length = 0
    for (const endpoint of forgerEndpoints) this.counts[endpoint] = 0
  }

  hold(endpoint: ForgerEndpoint): () => void {
    let release = () => {}
    this.#held.set(
      endpoint,
      new Promise(resolve => {
        release = resolve
      }),
    )
    return () => {
      this.#held.delete(endpoint)
      release()
    }
  }

  async arrived(endpoint: ForgerEndpoint, count: number): Promise<void> {
    while (this.counts[endpoint] < count) {
      await new Promise<void>(resolve => this.#watchers.add(resolve))
    }
  }

  #record(request: ForgerRequest): void {
    this.requests.push(request)
    this.counts[request.endpoint] += 1
    const watchers = [...this.#watchers]
    this.#watchers.clear()
    for (const wake of watchers) wake()
  }

  #answer(
    provider: ForgedProvider,
    endpoint: ForgerEndpoint,
    url: URL,
    form: URLSearchParams,
    { authorization }: IncomingHttpHeaders,
  ): Promise<Reply> | Reply {
    switch (endpoint) {
      case 'discovery':
        return provider.metadata()
      case 'jwks':
        return json({ keys: this.published.map(({ publicJwk }) => publicJwk) })
      case 'foreignJwks':
        return json({ keys: [provider.ring.foreign.publicJwk] })
      case 'authorization':
        return provider.authorize(form.size ? form : url.searchParams)
      case 'token':
        return provider.token(form, authorization)
      case 'userinfo':
        return provider.userInfo(authorization)
      case 'endSession':
        return provider.endSession(form.size ? form : url.searchParams)
    }
  }
}
