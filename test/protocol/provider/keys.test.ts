import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair } from 'jose'
import { verifyToken } from '../../../src/protocol/api/verify-token.js'
import type { Provider } from '../../../src/provider/provider.js'
import { outcome, rp } from '../../support/app/rp.js'
import { fakeClock } from '../../support/clock.js'
import { type Mischief, type Signing, useForger } from '../../support/forger/forger.js'

describe("The provider's keys", () => {
  const clock = fakeClock(1_900_000_000)
  const op = useForger({ now: clock.now })
  beforeEach(() => op.reset())

  const token = (signing: Signing = {}) => {
    const iat = Math.floor(clock.now())
    return op.sign({ iss: op.issuer, azp: 'app', typ: 'Bearer', sub: 'u', iat, exp: iat + 100_000 }, signing)
  }
  const relying = (options = {}) => rp(op, { now: clock.now, timeout: 1, ...options })
  const verify = async (provider: Provider, jwt: string | Promise<string>) =>
    outcome(verifyToken(provider, await jwt))
  const invalid = '401 token_invalid'
  const away = '503 provider_unavailable'

  it('are fetched once for a thousand tokens that come at once', async () => {
    const provider = relying()
    const jwt = await token()
    const release = op.hold('jwks')
    const all = Array.from({ length: 1000 }, () => verify(provider, jwt))
    await op.arrived('jwks', 1)
    release()
    assert.deepEqual([...new Set(await Promise.all(all))], ['200 ok'])
    assert.deepEqual([op.counts.discovery, op.counts.jwks], [1, 1])
  })

  it('are asked for through the given fetch, which says who asks', async () => {
    const urls: string[] = []
    const watched: typeof fetch = (url, request) => {
      urls.push(String(url))
      return fetch(url, request)
    }
    await verify(relying({ fetch: watched, userAgent: 'my-app/1' }), token())
    assert.deepEqual(urls, [op.discoveryUrl, `${op.issuer}/protocol/openid-connect/certs`])
    assert.equal(op.last('jwks').headers['user-agent'], 'my-app/1')
  })

  it('that are new are found without a restart', async () => {
    const provider = relying()
    assert.equal(await verify(provider, token()), '200 ok')
    await op.rotateKeys()
    assert.equal(await verify(provider, token()), '200 ok')
    assert.equal(op.counts.jwks, 2)
  })

  it('that are unknown make one fetch per cool-down, however many tokens name them', async () => {
    const provider = relying()
    await verify(provider, token())
    const unknown = () => token({ header: { kid: randomUUID() } })
    const flood = async (expected: string) => {
      const tokens = await Promise.all(Array.from({ length: 100 }, unknown))
      const all = await Promise.all(tokens.map(jwt => verify(provider, jwt)))
      assert.deepEqual([...new Set(all)], [expected])
    }
    await flood(invalid)
    await flood(away)
    assert.equal(op.counts.jwks, 2)
    clock.advance(4.9)
    await flood(away)
    assert.equal(op.counts.jwks, 2)
    clock.advance(0.1)
    await flood(invalid)
    assert.equal(op.counts.jwks, 3)
    assert.equal(await verify(provider, token()), '200 ok')
  })

  it('that are new in the pause after a stranger`s token are waited for, or not known yet: no token is bad', async () => {
    const provider = relying()
    await verify(provider, token())
    assert.equal(await verify(provider, token({ header: { kid: randomUUID() } })), invalid)
    await op.rotateKeys()
    const fresh = await token()
    await assert.rejects(verifyToken(provider, fresh), {
      code: 'provider_unavailable',
      headers: { 'Cache-Control': 'no-store', 'Retry-After': '5' },
    })
    clock.advance(4.8)
    const waiting = [verify(provider, fresh), verify(provider, fresh)]
    clock.advance(0.2)
    assert.deepEqual(await Promise.all(waiting), ['200 ok', '200 ok'])
    assert.equal(op.counts.jwks, 3)
  })

  it('that are unknown make one fetch per cool-down also while that fails, and no token bad', async () => {
    const provider = relying()
    await verify(provider, token())
    op.knobs.mischief = { jwks: 'error' }
    const unknown = await token({ trick: 'unknown-kid' })
    for (let i = 0; i < 20; i++) assert.equal(await verify(provider, unknown), away)
    assert.equal(await verify(provider, token()), '200 ok')
    assert.equal(op.counts.jwks, 2)
    clock.advance(5)
    assert.equal(await verify(provider, unknown), away)
    assert.equal(op.counts.jwks, 3)
  })

  it('are read anew after keysMaxAge, so that one that was withdrawn is not believed any more', async () => {
    const provider = relying({ keysMaxAge: 60 })
    const old = await token()
    assert.equal(await verify(provider, old), '200 ok')
    await op.rotateKeys()
    clock.advance(59)
    assert.equal(await verify(provider, old), '200 ok')
    clock.advance(1)
    assert.equal(await verify(provider, old), invalid)
  })

  it('serve on when they can not be read anew', async () => {
    const provider = relying({ keysMaxAge: 60 })
    const jwt = await token()
    await verify(provider, jwt)
    for (const mischief of ['error', 'hang', 'slow', 'huge', 'html', 'drop', 'redirect'] as Mischief[]) {
      op.knobs.mischief = { jwks: mischief }
      clock.advance(60)
      assert.equal(await verify(provider, jwt), '200 ok', String(mischief))
    }
    assert.equal(op.counts.jwks, 8)
  })

  it('that can not be had make no token bad', async () => {
    const table: [Mischief, string][] = [
      ['error', away],
      ['hang', away],
      ['slow', away],
      ['drop', away],
      ['huge', '502 provider_response_invalid'],
      ['html', '502 provider_response_invalid'],
      ['garbage', '502 provider_response_invalid'],
      ['redirect', '502 provider_response_invalid'],
      [{ status: 404, body: '' }, '502 provider_response_invalid'],
      [{ body: [] }, '502 provider_response_invalid'],
      [{ body: { keys: {} } }, '502 provider_response_invalid'],
    ]
    for (const [mischief, expected] of table) {
      op.knobs.mischief = { jwks: mischief }
      assert.equal(await verify(relying(), token()), expected, JSON.stringify(mischief))
    }
  })

  it('of other kinds beside them do no harm', async () => {
    const foreign = { ...(await exportJWK((await generateKeyPair('ES256')).publicKey)), kid: 'other' }
    const own = op.key.publicJwk
    const keys = [
      null,
      7,
      'key',
      {},
      { kty: 5 },
      { kty: 'oct', k: 'AAAA' },
      { ...own, use: 'enc' },
      foreign,
      own,
    ]
    op.knobs.mischief = { jwks: { body: { keys } } }
    assert.equal(await verify(relying(), token()), '200 ok')
  })

  it('are each tried for a token that names none', async () => {
    await op.rotateKeys({ keep: true })
    const provider = relying()
    assert.equal(await verify(provider, token({ header: { kid: undefined } })), '200 ok')
    const forged = token({ trick: 'foreign-key', header: { kid: undefined } })
    assert.equal(await verify(provider, forged), invalid)
    const used = token({ header: { kid: undefined } })
    const broken = (await used).replace(/.{4}$/, 'AAAA')
    assert.equal(await verify(provider, broken), invalid)
  })

  for (const alg of ['RS256', 'RS512', 'PS256', 'ES256', 'ES384', 'EdDSA']) {
    it(`may be for ${alg}`, async () => {
      await op.rotateKeys({ alg })
      assert.equal(await verify(relying(), token()), '200 ok')
    })
  }
})
