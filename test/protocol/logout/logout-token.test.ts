import assert from 'node:assert/strict'
import { verifyLogoutTokenJwt } from '../../../src/protocol/logout/logout-token.js'
import type { Provider } from '../../../src/provider/provider.js'
import { logIn, outcome, rp } from '../../support/app/rp.js'
import { fakeClock } from '../../support/clock.js'
import {
  type Forger,
  type Mischief,
  type Signing,
  startForger,
  type Trick,
} from '../../support/forger/forger.js'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

describe('A logout token (Back-Channel Logout 1.0, section 2.6)', () => {
  let op: Forger
  let provider: Provider
  const clock = fakeClock()
  before(async () => {
    op = await startForger({ now: clock.now })
    provider = rp(op, { now: clock.now, timeout: 1 })
    await logIn(provider)
  })
  beforeEach(() => {
    op.reset()
    clock.advance(5) // an unknown key of the test before makes for a pause
  })
  after(() => op.close())

  const verify = async (claims: Record<string, unknown> = {}, signing: Signing = {}) =>
    outcome(verifyLogoutTokenJwt(provider, await op.signLogoutToken(claims, signing)))
  const refused = '400 logout_token_invalid'
  const now = () => Math.floor(clock.now())

  it('that is correct is told with its claims', async () => {
    const jwt = await op.signLogoutToken({ jti: 'j1', sid: 's1', sub: 'u1' })
    assert.deepEqual(await verifyLogoutTokenJwt(provider, jwt), {
      iss: op.issuer,
      aud: 'app',
      iat: now(),
      jti: 'j1',
      events: { [EVENT]: {} },
      sid: 's1',
      sub: 'u1',
    })
  })

  it('1. that is encrypted is not for us', async () => {
    assert.equal(await outcome(verifyLogoutTokenJwt(provider, 'a.b.c.d.e')), refused)
  })

  describe('2. has to be signed by the provider', () => {
    const tricks: Trick[] = [
      'none',
      'client-secret',
      'public-key',
      'foreign-key',
      'unknown-kid',
      'embedded-jwk',
      'jku',
      'broken',
    ]
    for (const trick of tricks) {
      it(`and so not: ${trick}`, async () => {
        assert.equal(await verify({}, { trick }), refused)
        assert.equal(op.counts.foreignJwks, 0)
      })
    }
  })

  it('3. has the issuer, an audience that is this client, and a time, as an ID token has', async () => {
    assert.equal(await verify({ iss: 'https://evil.example' }), refused)
    assert.equal(await verify({ iss: `${op.issuer}/` }), refused)
    assert.equal(await verify({ iss: undefined }), refused)
    assert.equal(await verify({ aud: 'other' }), refused)
    assert.equal(await verify({ aud: undefined }), refused)
    assert.equal(await verify({ aud: ['other', 'app'] }), '200 ok')
    assert.equal(await verify({ iat: undefined }), refused)
    assert.equal(await verify({ iat: 'now' }), refused)
    assert.equal(await verify({ iat: now() + 60 }), refused)
    assert.equal(await verify({ nbf: now() + 60 }), refused)
  })

  it('3. is good for a short time only, with an end and without one, as Keycloak before 24 sends it', async () => {
    assert.equal(await verify({ exp: now() - 60 }), refused)
    assert.equal(await verify({ exp: 'later' }), refused)
    assert.equal(await verify({ exp: undefined }), '200 ok')
    assert.equal(await verify({ iat: now() - 290, exp: undefined }), '200 ok')
    assert.equal(await verify({ iat: now() - 320, exp: undefined }), refused)
    assert.equal(await verify({ iat: now() - 320, exp: now() + 3600 }), refused)
  })

  it('4. has a sub or a sid, or both, each a text of sensible length', async () => {
    assert.equal(await verify({ sub: undefined }), '200 ok')
    assert.equal(await verify({ sid: undefined }), '200 ok')
    assert.equal(await verify({ sub: undefined, sid: undefined }), refused)
    for (const bad of ['', 7, {}, [], null, 'x'.repeat(256)]) {
      assert.equal(await verify({ sub: bad }), refused, JSON.stringify(bad))
      assert.equal(await verify({ sid: bad }), refused, JSON.stringify(bad))
      assert.equal(await verify({ sub: bad, sid: undefined }), refused, JSON.stringify(bad))
      assert.equal(await verify({ sid: bad, sub: undefined }), refused, JSON.stringify(bad))
    }
  })

  it('5. has the event, which is an object', async () => {
    for (const events of [
      undefined,
      null,
      'x',
      [],
      {},
      [EVENT],
      { [EVENT]: null },
      { [EVENT]: true },
      { [EVENT]: [] },
    ]) {
      assert.equal(await verify({ events }), refused, JSON.stringify(events))
    }
    assert.equal(await verify({ events: { [`${EVENT}/`]: {} } }), refused)
    assert.equal(await verify({ events: { [EVENT]: {}, revoke_offline_access: true } }), '200 ok')
  })

  it('6. has no nonce, whatever it is', async () => {
    for (const nonce of ['n', '', null, 0, false]) assert.equal(await verify({ nonce }), refused)
  })

  it('7. has an id, and may come twice', async () => {
    for (const jti of [undefined, '', 7, null]) assert.equal(await verify({ jti }), refused)
    const jwt = await op.signLogoutToken()
    assert.equal(await outcome(verifyLogoutTokenJwt(provider, jwt)), '200 ok')
    assert.equal(await outcome(verifyLogoutTokenJwt(provider, jwt)), '200 ok')
  })

  it('says what it is: in the header, or in the claims as Keycloak before 25 does', async () => {
    const typed = (typ: unknown, claim: unknown) => verify({ typ: claim }, { header: { typ } })
    assert.equal(await typed('logout+jwt', undefined), '200 ok')
    assert.equal(await typed('application/logout+JWT', undefined), '200 ok')
    assert.equal(await typed('JWT', 'Logout'), '200 ok')
    assert.equal(await typed('JWT', undefined), refused)
    assert.equal(await typed('JWT', 'ID'), refused)
    assert.equal(await typed('logout+jwt', 'ID'), refused)
    assert.equal(await typed('logout+jwt', 'Bearer'), refused)
    assert.equal(await typed(undefined, 'Logout'), refused)
    assert.equal(await typed('at+jwt', 'Logout'), refused)
    assert.equal(await typed('secevent+jwt', 'Logout'), refused)
  })

  it('with a critical extension is refused, since none is understood', async () => {
    assert.equal(await verify({}, { header: { crit: ['x'], x: 1 } }), refused)
  })

  it('that is no JWT at all is refused', async () => {
    for (const jwt of ['', 'x', '..', 'a.b.c', 'e30.e30.e30', '\0.\0.\0', 'x'.repeat(60_000)]) {
      assert.equal(await outcome(verifyLogoutTokenJwt(provider, jwt)), refused)
    }
  })

  it('is neither believed nor refused while the keys can not be had', async () => {
    for (const mischief of ['error', 'drop', 'hang'] as Mischief[]) {
      const fresh = rp(op, { now: clock.now, timeout: 1 })
      op.knobs.mischief = { jwks: mischief }
      const jwt = await op.signLogoutToken()
      assert.equal(await outcome(verifyLogoutTokenJwt(fresh, jwt)), '503 provider_unavailable')
    }
  })

  describe('without typ', () => {
    const untyped: Signing = { header: { typ: undefined } }
    const verifyWith = async (options: object, claims: Record<string, unknown>, signing: Signing) => {
      const own = rp(op, { now: clock.now, ...options })
      return outcome(
        verifyLogoutTokenJwt(own, await op.signLogoutToken({ typ: undefined, ...claims }, signing)),
      )
    }

    it('is refused with a text that names the option for it', async () => {
      const jwt = await op.signLogoutToken({ typ: undefined }, untyped)
      await assert.rejects(verifyLogoutTokenJwt(provider, jwt), {
        code: 'logout_token_invalid',
        message: /untypedLogoutTokens/,
      })
    })

    it('is accepted with untypedLogoutTokens; all else has to be right', async () => {
      const options = { untypedLogoutTokens: true }
      assert.equal(await verifyWith(options, {}, untyped), '200 ok')
      assert.equal(await verifyWith(options, {}, { header: { typ: 'JWT' } }), '200 ok')
      assert.equal(await verifyWith(options, {}, {}), '200 ok')
      for (const claims of [
        { events: {} },
        { nonce: 'n' },
        { typ: 'ID' },
        { typ: 'Bearer' },
        { events: undefined },
      ])
        assert.equal(await verifyWith(options, claims, untyped), refused, JSON.stringify(claims))
      assert.equal(await verifyWith(options, {}, { header: { typ: 'at+jwt' } }), refused)
    })
  })

  it('has to be signed with the algorithm that is registered, where that is given', async () => {
    const op = await startForger({ now: clock.now })
    const pinned = rp(op, { now: clock.now, idTokenAlg: 'RS256' })
    assert.equal(await outcome(verifyLogoutTokenJwt(pinned, await op.signLogoutToken())), '200 ok')
    await op.rotateKeys({ alg: 'ES256', keep: true })
    const jwt = await op.signLogoutToken()
    const newKeys = (idTokenAlg: 'RS256' | 'ES256') => rp(op, { now: clock.now, idTokenAlg })
    assert.equal(await outcome(verifyLogoutTokenJwt(newKeys('RS256'), jwt)), refused)
    assert.equal(await outcome(verifyLogoutTokenJwt(newKeys('ES256'), jwt)), '200 ok')
    assert.equal(await outcome(logIn(newKeys('RS256'))), '502 id_token_invalid')
    assert.equal(await outcome(logIn(newKeys('ES256'))), '200 ok')
    await op.close()
  })
})
