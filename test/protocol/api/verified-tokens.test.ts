import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { JWTPayload } from 'jose'
import { rememberedTokens } from '../../../src/protocol/api/verified-tokens.js'
import { type VerifyTokenOptions, verifyToken } from '../../../src/protocol/api/verify-token.js'
import { discover } from '../../../src/protocol/provider/discover.js'
import type { Provider } from '../../../src/provider/provider.js'
import { outcome, rp } from '../../support/app/rp.js'
import { fakeClock } from '../../support/clock.js'
import { useForger } from '../../support/forger/forger.js'

describe('A token that was verified before', () => {
  const clock = fakeClock(1_900_000_000)
  const op = useForger({ now: clock.now })
  beforeEach(() => op.reset())

  const token = (claims: JWTPayload = {}) => {
    const iat = Math.floor(clock.now())
    return op.sign({ iss: op.issuer, azp: 'app', typ: 'Bearer', sub: 'u', iat, exp: iat + 1000, ...claims })
  }
  const relying = (options = {}) => rp(op, { now: clock.now, clockTolerance: 0, ...options })
  const verify = (provider: Provider, jwt: string, options?: VerifyTokenOptions) =>
    outcome(verifyToken(provider, jwt, options))
  const invalid = '401 token_invalid'

  /** Just after a look at the keys it is not settled whether an unknown one is new or withdrawn. */
  async function refusedNowAndAfterThePause(provider: Provider, jwt: string): Promise<void> {
    assert.equal(await verify(provider, jwt), '503 provider_unavailable')
    clock.advance(5)
    assert.equal(await verify(provider, jwt), invalid)
  }

  it('is not verified again: its claims are the very same', async () => {
    const provider = relying()
    const jwt = await token()
    const claims = await verifyToken(provider, jwt)
    assert.equal(await verifyToken(provider, jwt), claims)
  })

  it('has claims that nobody who was given them can change for the next', async () => {
    const provider = relying()
    const jwt = await token({ realm_access: { roles: ['user'] } })
    const claims = await verifyToken(provider, jwt)
    const { roles } = claims.realm_access as { roles: string[] }
    assert.throws(() => roles.push('admin'), TypeError)
    assert.throws(() => Object.assign(claims, { sub: 'other' }), TypeError)
    assert.deepEqual((await verifyToken(provider, jwt)).realm_access, { roles: ['user'] })
  })

  it('is refused from the second on in which it expires', async () => {
    const provider = relying()
    const jwt = await token({ exp: Math.floor(clock.now()) + 60 })
    assert.equal(await verify(provider, jwt), '200 ok')
    clock.advance(59)
    assert.equal(await verify(provider, jwt), '200 ok')
    clock.advance(1)
    assert.equal(await verify(provider, jwt), invalid)
    assert.equal(rememberedTokens(provider), 0)
  })

  it('is good for the clock tolerance beyond that, and no longer, as at first sight', async () => {
    const provider = relying({ clockTolerance: 10 })
    const jwt = await token({ exp: Math.floor(clock.now()) + 60 })
    assert.equal(await verify(provider, jwt), '200 ok')
    clock.advance(69)
    assert.equal(await verify(provider, jwt), '200 ok')
    clock.advance(1)
    assert.equal(await verify(provider, jwt), invalid)
  })

  it('is refused when the clock was set back to before it began', async () => {
    const provider = relying()
    const jwt = await token({ nbf: Math.floor(clock.now()) })
    assert.equal(await verify(provider, jwt), '200 ok')
    clock.advance(-60)
    assert.equal(await verify(provider, jwt), invalid)
    clock.advance(60)
  })

  it('is refused once its key is withdrawn and the keys were read anew', async () => {
    const provider = relying({ keysMaxAge: 60 })
    const old = await token()
    assert.equal(await verify(provider, old), '200 ok')
    await op.rotateKeys()
    clock.advance(60)
    assert.equal(await verify(provider, old), invalid)
  })

  it('is refused as soon as another token makes its key’s withdrawal known', async () => {
    const provider = relying()
    const old = await token()
    assert.equal(await verify(provider, old), '200 ok')
    await op.rotateKeys()
    assert.equal(await verify(provider, await token()), '200 ok')
    await refusedNowAndAfterThePause(provider, old)
  })

  it('that was verified while its key was being withdrawn is refused afterwards', async () => {
    const provider = relying()
    await verify(provider, await token())
    const old = await token()
    await op.rotateKeys()
    const release = op.hold('jwks')
    const renewed = verify(provider, await token())
    await op.arrived('jwks', 2)
    assert.equal(await verify(provider, old), '200 ok')
    release()
    assert.equal(await renewed, '200 ok')
    await refusedNowAndAfterThePause(provider, old)
  })

  it('stays so when keys are read anew and are the same, and when a stranger’s key is looked for', async () => {
    const provider = relying({ keysMaxAge: 60 })
    const jwt = await token()
    const claims = await verifyToken(provider, jwt)
    clock.advance(60)
    assert.equal(await verifyToken(provider, jwt), claims)
    const stranger = await op.sign({ sub: 'x' }, { trick: 'unknown-kid' })
    assert.equal(await verify(provider, stranger), invalid)
    assert.equal(op.counts.jwks, 3)
    assert.equal(await verifyToken(provider, jwt), claims)
  })

  it('is verified for each audience that is asked for', async () => {
    const provider = relying()
    const jwt = await token({ aud: 'api' })
    assert.equal(await verify(provider, jwt), '200 ok')
    assert.equal(await verify(provider, jwt, { audience: 'api' }), '200 ok')
    assert.equal(await verify(provider, jwt, { audience: 'other' }), invalid)
    assert.equal(await verify(provider, jwt, { audience: 'api' }), '200 ok')
  })

  it('is verified for each list of algorithms that is asked for', async () => {
    const provider = relying()
    const jwt = await token()
    assert.equal(await verify(provider, jwt), '200 ok')
    assert.equal(await verify(provider, jwt, { algorithms: ['ES256', 'PS256'] }), invalid)
    assert.equal(await verify(provider, jwt, { algorithms: ['ES256', 'RS256'] }), '200 ok')
    assert.equal(await verify(provider, jwt, { algorithms: [] }), invalid)
  })

  it('is known to the provider that verified it, and to no other client', async () => {
    const jwt = await token({ azp: 'app' })
    assert.equal(await verify(relying(), jwt), '200 ok')
    assert.equal(await verify(relying({ clientId: 'another' }), jwt), invalid)
  })

  it('is refused when the provider names itself otherwise from now on', async () => {
    const provider = relying({ configurationMaxAge: 60 })
    const jwt = await token()
    assert.equal(await verify(provider, jwt), '200 ok')
    op.knobs.metadata = { issuer: `${op.issuer}/` }
    clock.advance(60)
    assert.equal((await discover(provider)).issuer, `${op.issuer}/`)
    assert.equal(await verify(provider, jwt), invalid)
  })

  it('was good: what failed is not remembered, and fails again', async () => {
    const provider = relying()
    const jwt = await token({ azp: 'another' })
    assert.equal(await verify(provider, jwt), invalid)
    assert.equal(await verify(provider, jwt), invalid)
    assert.equal(rememberedTokens(provider), 0)
  })

  it('differs from every token that only resembles it', async () => {
    const provider = relying()
    const jwt = await token()
    assert.equal(await verify(provider, jwt), '200 ok')
    const [header, payload, signature = ''] = jwt.split('.')
    const forged = Buffer.from(JSON.stringify({ iss: op.issuer, sub: 'admin' })).toString('base64url')
    const other = `${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    assert.equal(await verify(provider, `${header}.${forged}.${signature}`), invalid)
    assert.equal(await verify(provider, `${header}.${payload}.${other}`), invalid)
  })

  it('is one of 2000: what was used longest ago is verified anew', async () => {
    const provider = relying()
    const first = await token()
    const claims = await verifyToken(provider, first)
    for (let i = 0; i < 2000; i++) await verifyToken(provider, await token({ jti: String(i) }))
    assert.equal(rememberedTokens(provider), 2000)
    assert.notEqual(await verifyToken(provider, first), claims)
  }).timeout(30_000)

  it('shows in nothing that prints the provider', async () => {
    const provider = relying()
    const jwt = await token()
    await verify(provider, jwt)
    const shown = inspect(provider, { showHidden: true, depth: 9 }) + JSON.stringify(provider)
    assert.deepEqual(Object.keys(provider), [])
    assert.ok(shown.includes(provider.clientId))
    assert.ok(!shown.includes(jwt) && !shown.includes(provider.settings.clientSecret ?? ''))
  })
})
