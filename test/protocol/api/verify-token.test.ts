import assert from 'node:assert/strict'
import { decodeToken, verifyToken } from '../../../src/protocol/api/verify-token.js'
import { logIn, outcome, rp } from '../../support/app/rp.js'
import { fakeClock } from '../../support/clock.js'
import { type Signing, useForger } from '../../support/forger/forger.js'

describe('An access token', () => {
  const op = useForger()
  beforeEach(() => op.reset())

  const now = () => Math.floor(Date.now() / 1000)
  const token = (claims: Record<string, unknown> = {}, signing: Signing = {}) => {
    const times = { iat: now(), exp: now() + 300 }
    return op.sign(
      { iss: op.issuer, sub: 'u', azp: 'app', aud: 'api', typ: 'Bearer', ...times, ...claims },
      signing,
    )
  }

  it('of a login verifies, and its claims are given', async () => {
    const provider = rp(op)
    const { tokens } = await logIn(provider)
    const claims = await verifyToken(provider, tokens.accessToken)
    assert.deepEqual([claims.sub, claims.azp, claims.realm_access], ['user-1', 'app', { roles: ['user'] }])
  })

  it('is for the audience of the call, else of the option, else of this client', async () => {
    const jwt = await token()
    assert.equal(await outcome(verifyToken(rp(op), jwt)), '200 ok')
    assert.equal(await outcome(verifyToken(rp(op), jwt, { audience: 'api' })), '200 ok')
    assert.equal(await outcome(verifyToken(rp(op), jwt, { audience: 'other' })), '401 token_invalid')
    assert.equal(await outcome(verifyToken(rp(op, { audience: 'api' }), jwt)), '200 ok')
    assert.equal(await outcome(verifyToken(rp(op, { audience: 'other' }), jwt)), '401 token_invalid')
    const own = rp(op, { audience: 'other' })
    assert.equal(await outcome(verifyToken(own, jwt, { audience: 'api' })), '200 ok')
  })

  it('of RFC 9068 verifies as one of Keycloak`s does', async () => {
    const header = { typ: 'application/at+jwt' }
    const jwt = await token({ typ: undefined, azp: undefined, client_id: 'app' }, { header })
    assert.equal(await outcome(verifyToken(rp(op), jwt)), '200 ok')
  })

  it('ends when the clock that was given says so, tolerance included', async () => {
    const clock = fakeClock()
    const provider = rp(op, { now: clock.now, clockTolerance: 10 })
    const jwt = await token()
    clock.advance(305)
    assert.equal(await outcome(verifyToken(provider, jwt)), '200 ok')
    clock.advance(10)
    assert.equal(await outcome(verifyToken(provider, jwt)), '401 token_invalid')
  })

  it('that is opaque, or no text, does not verify', async () => {
    const odd = ['', 'opaque', 'a.b', '.'.repeat(100_000), undefined, null, 7, {}] as string[]
    for (const jwt of odd) assert.equal(await outcome(verifyToken(rp(op), jwt)), '401 token_invalid')
  })

  it('can be decoded without believing it', async () => {
    assert.equal(decodeToken(await token({ sub: 'u' }, { trick: 'none' }))?.sub, 'u')
    for (const jwt of ['', 'opaque', 'a.b.c', 'e30.W10.x', 'e30.bnVsbA.x'])
      assert.equal(decodeToken(jwt), undefined)
  })
})
