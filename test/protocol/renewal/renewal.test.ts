import assert from 'node:assert/strict'
import { decodeToken, verifyToken } from '../../../src/protocol/api/verify-token.js'
import { renewLogin } from '../../../src/protocol/renewal/renewal.js'
import type { Provider } from '../../../src/provider/provider.js'
import type { LoginRecord } from '../../../src/store/login-record.js'
import { memoryStore } from '../../../src/store/memory-store.js'
import { useEvents } from '../../support/app/events.js'
import { heldLogin, outcome, rp } from '../../support/app/rp.js'
import { fakeClock } from '../../support/clock.js'
import { type Knobs, type Mischief, useForger } from '../../support/forger/forger.js'

describe('A renewal', () => {
  const clock = fakeClock()
  const options = { now: clock.now, timeout: 1, renew: 'lazy' as const }
  const op = useForger({ now: clock.now })
  const events = useEvents('renewal', 'renewal.failed')
  const names = () => events.map(([name]) => name)
  beforeEach(() => {
    op.reset()
    clock.advance(100)
  })

  async function setUp(more = {}) {
    const provider = rp(op, { ...options, ...more })
    const { id, record } = await heldLogin(provider)
    op.counts.token = 0
    const renew = async () => renewLogin(provider, id, (await provider.logins.read(id)) ?? record)
    return { provider, id, record, renew, read: () => provider.logins.read(id) }
  }

  const tokensOf = (record: LoginRecord | undefined) => {
    assert.ok(record)
    return record.tokens
  }

  it('gives new tokens, and takes the old refresh token with it', async () => {
    const { record, renew, read } = await setUp()
    const before = record.tokens
    clock.advance(1)
    const after = tokensOf(await renew())
    assert.equal(op.last('token').form.get('refresh_token'), before.refreshToken)
    for (const token of ['accessToken', 'refreshToken', 'idToken'] as const) {
      assert.notEqual(after[token], before[token])
    }
    assert.deepEqual((await read())?.tokens, after)
    assert.equal(after.receivedAt, clock.now())
    assert.notEqual(tokensOf(await renew()).refreshToken, after.refreshToken)
  })

  it('keeps what the answer leaves out', async () => {
    const { record, renew } = await setUp()
    op.knobs.refresh.noIdToken = true
    op.knobs.refresh.rotate = false
    op.knobs.refresh.response = { refresh_token: undefined, scope: undefined, session_state: undefined }
    const { idToken, refreshToken, scope, sessionState } = tokensOf(await renew())
    const before = record.tokens
    assert.deepEqual(
      { idToken, refreshToken, scope, sessionState },
      {
        idToken: before.idToken,
        refreshToken: before.refreshToken,
        scope: before.scope,
        sessionState: before.sessionState,
      },
    )
  })

  it('keeps the end of a refresh token that it keeps', async () => {
    const { renew } = await setUp()
    op.knobs.refresh.rotate = false
    op.knobs.refresh.response = { refresh_token: undefined, refresh_expires_in: undefined }
    clock.advance(800)
    assert.equal(Math.round(tokensOf(await renew()).refreshExpiresIn ?? 0), 1000)
    op.knobs.refresh.response = { refresh_expires_in: undefined }
    assert.equal(tokensOf(await renew()).refreshExpiresIn, undefined)
  })

  it('of an offline login knows no end of the refresh token', async () => {
    const { renew, read } = await setUp({ maxAge: 1e6 })
    op.knobs.refresh.response = { refresh_expires_in: 0 }
    assert.equal(tokensOf(await renew()).refreshExpiresIn, undefined)
    clock.advance(9e5)
    assert.ok(await read())
  })

  it('happens once for fifty that want one', async () => {
    const { provider, id, record } = await setUp()
    const release = op.hold('token')
    const all = Array.from({ length: 50 }, () => renewLogin(provider, id, record))
    await op.arrived('token', 1)
    release()
    const tokens = new Set((await Promise.all(all)).map(login => login?.tokens.refreshToken))
    assert.deepEqual([tokens.size, op.counts.token], [1, 1])
  })

  it('happens once for two processes that want one', async () => {
    const store = memoryStore({ now: clock.now })
    const { provider, id, record } = await setUp({ store })
    const other = rp(op, { ...options, store })
    const release = op.hold('token')
    const first = renewLogin(provider, id, record)
    await op.arrived('token', 1)
    const second = renewLogin(other, id, record)
    release()
    assert.equal(tokensOf(await first).refreshToken, tokensOf(await second).refreshToken)
    assert.equal(op.counts.token, 1)
  })

  it('is told of once, by the process that did it', async () => {
    const store = memoryStore({ now: clock.now })
    const { provider, id, record } = await setUp({ store, name: 'one' })
    const other = rp(op, { ...options, store, name: 'one' })
    const release = op.hold('token')
    const first = renewLogin(provider, id, record)
    await op.arrived('token', 1)
    const second = renewLogin(other, id, record)
    release()
    await Promise.all([first, second])
    assert.deepEqual(names(), ['renewal'])
  })

  it('that can not be written is told of once for fifty that wait for it', async () => {
    const store = { ...memoryStore({ now: clock.now }), replace: () => Promise.reject(new Error('full')) }
    const { provider, id, record } = await setUp({ store })
    const all = Array.from({ length: 50 }, () => renewLogin(provider, id, record))
    await Promise.allSettled(all)
    assert.deepEqual(names(), ['renewal.failed'])
  })

  it('keeps others waiting for as long as the provider may take for all that is asked of it', async () => {
    const store = memoryStore()
    const slow = { timeout: 1, storeTimeout: 0.1, store }
    const { provider, id, record } = await setUp(slow)
    const other = rp(op, { ...options, ...slow })
    await op.rotateKeys() // so that the new ID token's key has to be fetched, too
    op.knobs.mischief = { token: { delay: 0.8 }, jwks: 'hang' }
    const [first, second] = await Promise.all([
      renewLogin(provider, id, record),
      renewLogin(other, id, record),
    ])
    assert.equal(tokensOf(first).refreshToken, tokensOf(second).refreshToken)
    assert.equal(op.counts.token, 1)
  })

  it('that is refused ends the login', async () => {
    const { renew, read } = await setUp()
    op.knobs.mischief = { token: { status: 400, body: { error: 'invalid_grant' } } }
    assert.equal(await renew(), undefined)
    assert.equal(await read(), undefined)
  })

  describe('that fails in another way never ends the login, and leaves its tokens as they are', () => {
    const error = (status: number, name: string) => ({ status, body: { error: name } })
    const table: [Mischief, string][] = [
      ['error', '503 provider_unavailable'],
      ['hang', '503 provider_unavailable'],
      ['slow', '503 provider_unavailable'],
      ['drop', '503 provider_unavailable'],
      ['html', '502 provider_response_invalid'],
      ['garbage', '502 provider_response_invalid'],
      ['huge', '502 provider_response_invalid'],
      ['redirect', '502 provider_response_invalid'],
      [error(500, 'invalid_grant'), '503 provider_unavailable'],
      [error(429, 'invalid_grant'), '503 provider_unavailable'],
      [error(401, 'invalid_client'), '500 client_rejected'],
      [error(400, 'unauthorized_client'), '500 client_rejected'],
      [error(400, 'invalid_request'), '500 provider_rejected'],
      [error(400, 'server_error'), '502 provider_error'],
      [
        { status: 400, headers: { 'content-type': 'text/html' }, body: 'invalid_grant' },
        '502 provider_response_invalid',
      ],
      [{ status: 400, body: '{"error": ["invalid_grant"]}' }, '502 provider_response_invalid'],
      [{ status: 404, body: '' }, '502 provider_response_invalid'],
    ]
    for (const [mischief, expected] of table) {
      it(`${JSON.stringify(mischief)}: ${expected}`, async () => {
        const { record, renew, read } = await setUp()
        op.knobs.mischief = { token: mischief }
        assert.equal(await outcome(renew()), expected)
        assert.equal((await read())?.tokens.accessToken, record.tokens.accessToken)
      })
    }

    it('and works again when the provider does', async () => {
      const { renew } = await setUp()
      op.knobs.mischief = { token: 'drop' }
      await outcome(renew())
      op.knobs.mischief = {}
      clock.advance(5)
      assert.equal(await outcome(renew()), '200 ok')
    })
  })

  describe('does not lose the new refresh token', () => {
    const away: Mischief[] = ['error', 'hang', 'drop', 'html', 'huge', { status: 404, body: '' }]
    for (const mischief of away) {
      it(`when the keys can not be had just then: ${JSON.stringify(mischief)}`, async () => {
        const { record, renew } = await setUp()
        await op.rotateKeys()
        op.knobs.mischief = { jwks: mischief }
        const after = tokensOf(await renew())
        assert.notEqual(after.refreshToken, record.tokens.refreshToken)
        assert.equal(after.idToken, record.tokens.idToken)
        op.knobs.mischief = {}
        clock.advance(5)
        assert.notEqual(tokensOf(await renew()).idToken, record.tokens.idToken)
      })
    }

    it('when its key is newer than the keys, which are not fetched again so soon', async () => {
      const { provider, record, renew } = await setUp()
      await outcome(verifyToken(provider, await op.sign({}, { trick: 'unknown-kid' })))
      await op.rotateKeys()
      const after = tokensOf(await renew())
      assert.notEqual(after.refreshToken, record.tokens.refreshToken)
      assert.equal(after.idToken, record.tokens.idToken)
    })

    it('when the clocks of this machine and of the provider differ', async () => {
      for (const difference of [-3600, 3600]) {
        const { record, renew, read } = await setUp()
        const iat = Math.floor(clock.now()) + difference
        op.knobs.refresh.claims = { iat, exp: iat + 300 }
        const after = tokensOf(await renew())
        assert.notEqual(after.refreshToken, record.tokens.refreshToken)
        assert.equal(after.idToken, record.tokens.idToken)
        assert.deepEqual((await read())?.tokens, after)
      }
    })
  })

  describe('does not believe a new ID token', () => {
    const forged: [string, Partial<Knobs['refresh']>, Knobs['idToken']][] = [
      ['of another user', { claims: { sub: 'user-2' } }, {}],
      ['of another user, long over', { claims: { sub: 'user-2', exp: 1 } }, {}],
      ['of another issuer', { claims: { iss: 'https://evil.example' } }, {}],
      ['for another client', { claims: { aud: 'other' } }, {}],
      ['of another login', { claims: { nonce: 'other' } }, {}],
      ['that is an access token', { claims: { typ: 'Bearer' } }, {}],
      ['that is not signed', {}, { trick: 'none' }],
      ['signed with a foreign key', {}, { trick: 'foreign-key' }],
      ['signed with the client secret', {}, { trick: 'client-secret' }],
    ]
    for (const [what, refresh, idToken] of forged) {
      it(what, async () => {
        const { record, renew, read } = await setUp()
        Object.assign(op.knobs.refresh, refresh)
        op.knobs.idToken = idToken
        assert.equal(await outcome(renew()), '502 id_token_invalid')
        const { refreshToken: _, ...others } = record.tokens
        assert.deepEqual((await read())?.tokens, others)
      })
    }

    it('but one with the nonce of the login, as older Keycloaks send it', async () => {
      const { record, renew } = await setUp()
      const nonce = decodeToken(record.tokens.idToken ?? '')?.nonce
      op.knobs.refresh.claims = { nonce }
      assert.notEqual(tokensOf(await renew()).idToken, record.tokens.idToken)
    })
  })

  it('while the provider can not even be discovered leaves the login as it is', async () => {
    const store = memoryStore({ now: clock.now })
    const { id, record } = await setUp({ store })
    const fresh: Provider = rp(op, { ...options, store })
    op.knobs.mischief = { discovery: 'drop' }
    assert.equal(await outcome(renewLogin(fresh, id, record)), '503 provider_unavailable')
    assert.ok(await fresh.logins.read(id))
  })
})
