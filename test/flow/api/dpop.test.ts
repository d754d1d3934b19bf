import assert from 'node:assert/strict'
import { createHash, randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import Koa from 'koa'
import * as openid from 'openid-client'
import { type BearerOptions, createKeycloak, redisStore, type Store } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { type Served, serve } from '../../support/app/serve.js'
import { movingClock } from '../../support/clock.js'
import { useForger } from '../../support/forger/forger.js'
import { type RedisServer, redisAvailable, startRedis } from '../../support/redis/redis.js'

type Pair = Awaited<ReturnType<typeof generateKeyPair>>

describe('Access tokens that are bound to a key (DPoP, RFC 9449)', () => {
  const clock = movingClock()
  const forger = useForger({ now: clock.now })
  const told = useEvents('bearer.refused')
  const served: Served[] = []
  let key: Pair
  let jkt: string
  before(async () => {
    key = await generateKeyPair('ES256', { extractable: true })
    jkt = await calculateJwkThumbprint(await exportJWK(key.publicKey))
  })
  afterEach(async () => {
    for (const app of served.splice(0)) await app.close()
  })

  async function api(
    options: BearerOptions = { dpop: 'accept' },
    more: { baseUrl?: string; store?: Store } = {},
  ) {
    const app = await serve(() => {
      const koa = new Koa({ proxy: true, keys: ['a key for tests'] })
      koa.silent = true
      const keycloak = createKeycloak({
        configuration: forger.discoveryUrl,
        clientId: 'app',
        audience: 'api',
        now: clock.now,
        ...more,
      })
      return koa.use(keycloak.bearer(options)).use(ctx => {
        ctx.body = 'in'
      })
    })
    served.push(app)
    return app
  }

  const token = (claims: JWTPayload = {}) => {
    const iat = Math.floor(clock.now())
    const bound = { cnf: { jkt }, typ: 'DPoP' }
    return forger.sign({ iss: forger.issuer, aud: 'api', sub: 'u', iat, exp: iat + 300, ...bound, ...claims })
  }
  const ath = (jwt: string) => createHash('sha256').update(jwt).digest('base64url')

  async function proof(claims: JWTPayload, { by = key, header = {} }: { by?: Pair; header?: object } = {}) {
    const jwk = await exportJWK(by.publicKey)
    return new SignJWT({ htm: 'GET', iat: Math.floor(clock.now()), jti: randomUUID(), ...claims })
      .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
      .sign(by.privateKey)
  }
  const ask = (url: string, jwt: string, dpop?: string, scheme = 'DPoP') =>
    fetch(url, { headers: { authorization: `${scheme} ${jwt}`, ...(dpop && { dpop }) } })

  it('pass with the proof of who holds the key', async () => {
    const { url } = await api()
    const jwt = await token()
    assert.equal(
      (await ask(`${url}/x?y=1`, jwt, await proof({ htu: `${url}/x`, ath: ath(jwt) }))).status,
      200,
    )
    assert.equal(
      (await ask(`${url}/x`, jwt, await proof({ htu: `${url}/x?z#f`, ath: ath(jwt) }))).status,
      200,
    )
  })

  it('pass as openid-client sends them', async () => {
    const { url } = await api({ dpop: 'require' })
    const client = new openid.Configuration({ issuer: forger.issuer }, 'other')
    openid.allowInsecureRequests(client)
    const jwt = await token({ iat: Math.floor(Date.now() / 1000) })
    const handle = openid.getDPoPHandle(client, key as unknown as openid.CryptoKeyPair)
    const answer = await openid.fetchProtectedResource(
      client,
      jwt,
      new URL(`${url}/x`),
      'GET',
      null,
      undefined,
      {
        DPoP: handle,
      },
    )
    assert.equal(answer.status, 200)
  })

  describe('are refused', () => {
    const wrong: [
      what: string,
      how: (right: JWTPayload, url: string) => Promise<string | undefined> | string | undefined,
    ][] = [
      ['without a proof', () => undefined],
      ['with a proof that is none', () => 'x.y.z'],
      [
        'with a proof by another key',
        async right => proof(right, { by: await generateKeyPair('ES256', { extractable: true }) }),
      ],
      ['with a proof for another method', right => proof({ ...right, htm: 'POST' })],
      ['with a proof for another path', (right, url) => proof({ ...right, htu: `${url}/y` })],
      ['with a proof for another host', right => proof({ ...right, htu: 'http://evil.example/x' })],
      ['with a proof for another token', right => proof({ ...right, ath: ath('other') })],
      ['with a proof for no token', ({ ath: _, ...right }) => proof(right)],
      [
        'with a proof of a minute and ten ago',
        right => proof({ ...right, iat: Math.floor(clock.now()) - 75 }),
      ],
      ['with a proof of tomorrow', right => proof({ ...right, iat: Math.floor(clock.now()) + 86_400 })],
      ['with a proof that has no time', right => proof({ ...right, iat: undefined as unknown as number })],
      ['with a proof that has no id', right => proof({ ...right, jti: undefined as unknown as string })],
      ['with a proof of another type', right => proof(right, { header: { typ: 'jwt' } })],
      ['with a proof that names no key', right => proof(right, { header: { jwk: undefined } })],
      [
        'with a proof that shows its private key',
        async right => proof(right, { header: { jwk: await exportJWK(key.privateKey) } }),
      ],
      ['with two proofs', async right => `${await proof(right)}, ${await proof(right)}`],
    ]
    for (const [what, how] of wrong) {
      it(what, async () => {
        const { url } = await api()
        const jwt = await token()
        const answer = await ask(`${url}/x`, jwt, await how({ htu: `${url}/x`, ath: ath(jwt) }, url))
        assert.equal(answer.status, 401)
        assert.match(
          answer.headers.get('www-authenticate') ?? '',
          /DPoP error="invalid_dpop_proof", algs="RS256 /,
        )
        assert.equal(told.at(-1)?.[1].reason, 'proof_invalid')
      })
    }

    it('as bearer tokens', async () => {
      const { url } = await api()
      const answer = await ask(`${url}/x`, await token(), undefined, 'Bearer')
      assert.equal(answer.status, 401)
    })

    it('when they are not bound, whatever proof comes with them', async () => {
      const { url } = await api()
      for (const cnf of [undefined, {}, { 'x5t#S256': 'x' }]) {
        const jwt = await token({ cnf, typ: 'Bearer' })
        const answer = await ask(`${url}/x`, jwt, await proof({ htu: `${url}/x`, ath: ath(jwt) }))
        assert.equal(answer.status, 401)
        assert.equal(told.at(-1)?.[1].reason, 'not_bound')
      }
    })

    it('where the API has not said that it knows them', async () => {
      const { url } = await api({})
      const jwt = await token()
      const answer = await ask(`${url}/x`, jwt, await proof({ htu: `${url}/x`, ath: ath(jwt) }))
      assert.deepEqual([answer.status, answer.headers.get('www-authenticate')], [401, 'Bearer'])
    })
  })

  it('beside bearer tokens, unless they are required', async () => {
    const plain = await token({ cnf: undefined, typ: 'Bearer' })
    assert.equal((await ask((await api()).url, plain, undefined, 'Bearer')).status, 200)
    const strict = await api({ dpop: 'require' })
    assert.equal((await ask(strict.url, plain, undefined, 'Bearer')).status, 401)
    const asked = await fetch(strict.url)
    assert.match(asked.headers.get('www-authenticate') ?? '', /^DPoP algs="/)
    const both = await fetch((await api()).url)
    assert.match(both.headers.get('www-authenticate') ?? '', /^Bearer, DPoP algs="/)
  })

  it('are proven for the address that clients see, behind a proxy', async () => {
    const { url } = await api({ dpop: 'accept' }, { baseUrl: 'https://api.example.com/v1' })
    const jwt = await token()
    const about = { htu: 'https://api.example.com/v1/x', ath: ath(jwt) }
    assert.equal((await ask(`${url}/x`, jwt, await proof(about))).status, 200)
    assert.equal((await ask(`${url}/x`, jwt, await proof({ ...about, htu: `${url}/x` }))).status, 401)
  })

  it('need a nonce of this application where it says so, of the last two minutes', async () => {
    const { url } = await api({ dpop: 'accept', dpopNonce: true })
    const jwt = await token()
    const about = { htu: `${url}/x`, ath: ath(jwt) }
    const first = await ask(`${url}/x`, jwt, await proof(about))
    assert.equal(first.status, 401)
    assert.match(first.headers.get('www-authenticate') ?? '', /DPoP error="use_dpop_nonce"/)
    const nonce = first.headers.get('dpop-nonce') ?? assert.fail()
    assert.equal((await ask(`${url}/x`, jwt, await proof({ ...about, nonce }))).status, 200)
    assert.equal((await ask(`${url}/x`, jwt, await proof({ ...about, nonce: `${nonce}x` }))).status, 401)
    clock.advance(121)
    assert.equal((await ask(`${url}/x`, jwt, await proof({ ...about, nonce }))).status, 401)
  })

  describe('with Redis', () => {
    let redis: RedisServer
    before(async function () {
      if (!redisAvailable()) this.skip()
      redis = await startRedis()
    })
    after(() => redis?.stop())

    it('pass once with one proof, at whichever of four applications', async () => {
      const clients = Array.from({ length: 4 }, () => new Redis({ port: redis.port }))
      const baseUrl = 'https://api.example.com'
      const apis = await Promise.all(
        clients.map(client => api({ dpop: 'accept' }, { baseUrl, store: redisStore(client) })),
      )
      const jwt = await token()
      for (let round = 0; round < 10; round++) {
        const dpop = await proof({ htu: `${baseUrl}/x`, ath: ath(jwt) })
        const answers = await Promise.all(apis.map(({ url }) => ask(`${url}/x`, jwt, dpop)))
        assert.deepEqual(answers.map(({ status }) => status).sort(), [200, 401, 401, 401])
        assert.equal(told.at(-1)?.[1].reason, 'proof_used')
      }
      for (const client of clients) client.disconnect()
      await redis.kill()
      const late = await proof({ htu: `${baseUrl}/x`, ath: ath(jwt) })
      assert.equal((await ask(`${apis[0]?.url}/x`, jwt, late)).status, 503)
    })
  })
})
