import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import type { JWTPayload } from 'jose'
import { deferred } from '../../../example/support/deferred.js'
import { logoutTokenClaims } from '../../../src/testing/provider/claims.js'
import { endpointAt } from '../../../src/testing/provider/endpoints.js'
import { createKeyPair, type KeyPair } from '../../../src/testing/provider/keys.js'
import type { Person } from '../../../src/testing/provider/people.js'
import { type Asked, OpenIdProvider } from '../../../src/testing/provider/provider.js'
import { json, oauthError, type Reply } from '../../../src/testing/provider/reply.js'
import { serve } from '../app/serve.js'
import { use, useEach } from '../use.js'
import { ForgedVoice, type Login } from './forged-voice.js'
import {
  type Answer,
  type ForgerEndpoint,
  forgerEndpoints,
  innocent,
  type Knobs,
  type Overrides,
} from './knobs.js'
import { misbehave, send } from './mischief.js'
import type { Signing } from './signing.js'

export type { Login } from './forged-voice.js'
export type { Answer, ForgerEndpoint, Knobs, Mischief } from './knobs.js'
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
  /** Ends a session, and tells no application. */
  endSession(sid: string): void
  /** The current signing key. */
  key: KeyPair
  /** A new signing key. The old one stays published with `keep`. */
  rotateKeys(options?: { keep?: boolean; alg?: string }): Promise<void>
  close(): Promise<void>
}

/** The kit's OpenID provider over HTTP: it logs in everybody at once, and misbehaves as told. */
export async function startForger(options: ForgerOptions = {}): Promise<Forger> {
  const { clientId = 'app', clientSecret = 's3cret', alg = 'RS256', accessTokenLifetime = 300 } = options
  const desk = new FrontDesk()
  const { url, port, close } = await serve({ callback: () => (req, res) => void desk.serve(req, res) })
  const issuer = `${url}/realms/forged`
  const secret = clientSecret ?? undefined

  const foreign = await createKeyPair(alg)
  const voice = new ForgedVoice({
    foreign,
    clientSecret: secret ?? '',
    foreignJwksUrl: `${issuer}/foreign-jwks`,
  })
  const provider = new OpenIdProvider(
    {
      issuer,
      clients: new Map([[clientId, secret]]),
      accessTokenLifetime,
      refreshTokenLifetime: 1800,
      singleUseRefreshTokens: () => voice.knobs.refresh.rotate,
      allowsRedirect: () => true,
      now: options.now ?? (() => Date.now() / 1000),
    },
    await createKeyPair(alg),
    voice,
  )
  desk.open(provider, voice, foreign)

  return {
    issuer,
    discoveryUrl: `${issuer}/.well-known/openid-configuration`,
    port,
    clientId,
    clientSecret: secret,
    counts: desk.counts,
    requests: desk.requests,
    logins: voice.logins,
    get knobs() {
      return voice.knobs
    },
    get key() {
      return provider.issuer.keys[0]
    },
    last(endpoint) {
      const request = desk.requests.findLast(candidate => candidate.endpoint === endpoint)
      if (!request) throw new Error(`No request to ${endpoint}`)
      return request
    },
    reset() {
      voice.knobs = innocent()
      desk.forget()
    },
    hold: endpoint => desk.hold(endpoint),
    arrived: (endpoint, count) => desk.arrived(endpoint, count),
    sign: (claims, signing) => voice.forge(claims, signing, provider.issuer.keys[0]),
    signLogoutToken(claims = {}, signing = {}) {
      const { sub, sid = undefined } = voice.logins.at(-1) ?? voice.knobs
      const issuing = { issuer, iat: Math.floor(provider.settings.now()), lifetime: accessTokenLifetime }
      const right = logoutTokenClaims(issuing, clientId, { sub, ...(sid !== undefined && { sid }) })
      const header = { typ: 'logout+jwt', ...signing.header }
      return voice.forge({ ...right, ...claims }, { ...signing, header }, provider.issuer.keys[0])
    },
    endSession: sid => provider.sessions.end(sid),
    async rotateKeys({ keep = false, alg: next = provider.issuer.keys[0].alg } = {}) {
      const own = await createKeyPair(next)
      provider.issuer.keys = [own, ...(keep ? provider.issuer.keys : [])]
    },
    close,
  }
}

/** A forger while the tests of this suite run. */
export function useForger(options: ForgerOptions = {}): Forger {
  return use(() => startForger(options))
}

/** A new forger for each test. */
export function useForgerEach(options: ForgerOptions = {}): Forger {
  return useEach(() => startForger(options))
}

interface Shop {
  provider: OpenIdProvider
  voice: ForgedVoice
  foreign: KeyPair
}

/** Takes requests in, writes them down, holds them back, and answers: well, or as mischief says. */
class FrontDesk {
  #shop: Shop | undefined
  readonly counts = Object.fromEntries(forgerEndpoints.map(name => [name, 0])) as Record<
    ForgerEndpoint,
    number
  >
  readonly requests: ForgerRequest[] = []
  readonly #held = new Map<ForgerEndpoint, Promise<void>>()
  readonly #watchers = new Set<() => void>()

  open(provider: OpenIdProvider, voice: ForgedVoice, foreign: KeyPair): void {
    this.#shop = { provider, voice, foreign }
  }

  async serve(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://localhost')
    const form = new URLSearchParams((await req.setEncoding('utf8').toArray()).join(''))
    const endpoint = this.#endpointAt(url.pathname)
    if (!endpoint || !this.#shop) return send(res, oauthError(404, 'not_found', 'As told'))
    this.#record({ endpoint, method: req.method ?? '', url, headers: req.headers, form })
    await this.#held.get(endpoint)
    if (req.socket.destroyed) return // nobody waits for it any more: what was asked for is not done
    const mischief = this.#shop.voice.knobs.mischief[endpoint]
    // A request that isn't answered has no effect either.
    if (mischief === 'hang' || mischief === 'drop') return misbehave(mischief, req, res, json({}))
    const right = await this.#answer(this.#shop, endpoint, {
      query: url.searchParams,
      form,
      authorization: req.headers.authorization,
    })
    if (mischief) await misbehave(mischief, req, res, right)
    else send(res, right)
  }

  forget(): void {
    this.requests.length = 0
    for (const endpoint of forgerEndpoints) this.counts[endpoint] = 0
  }

  hold(endpoint: ForgerEndpoint): () => void {
    const released = deferred()
    this.#held.set(endpoint, released.promise)
    return () => {
      this.#held.delete(endpoint)
      released.resolve()
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

  #endpointAt(pathname: string): ForgerEndpoint | undefined {
    if (pathname.endsWith('/foreign-jwks')) return 'foreignJwks'
    if (pathname.endsWith('/token/introspect')) return 'introspection'
    return this.#shop && endpointAt(this.#shop.provider.settings.issuer, pathname)
  }

  #answer(
    { provider, voice, foreign }: Shop,
    endpoint: ForgerEndpoint,
    asked: Asked,
  ): Promise<Reply> | Reply {
    if (endpoint === 'foreignJwks') return json({ keys: [foreign.publicJwk] })
    if (endpoint === 'introspection') return json(voice.knobs.introspection(asked.form.get('token') ?? ''))
    const { sub, sid, grants } = voice.knobs
    const grant = grants[asked.form.get('grant_type') ?? '']
    if (endpoint === 'token' && grant) return replyOf(grant(asked))
    return provider.answer(endpoint, asked, { person: personNamed(sub), sid })
  }
}

function replyOf({ status = 200, headers, body = {} }: Answer): Reply {
  const right = json({}, status, headers)
  return { ...right, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

function personNamed(sub: string): Person {
  return { sub, username: sub, realmRoles: ['user'], clientRoles: {}, acr: '1', claims: {} }
}
