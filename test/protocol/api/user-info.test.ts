import assert from 'node:assert/strict'
import { fetchUserInfo } from '../../../src/protocol/api/user-info.js'
import type { Provider } from '../../../src/provider/provider.js'
import { logIn, outcome, rp } from '../../support/app/rp.js'
import { type Forger, type Mischief, type Signing, startForger } from '../../support/forger/forger.js'

describe('What the userinfo endpoint says', () => {
  let op: Forger
  let provider: Provider
  let accessToken: string
  before(async () => {
    op = await startForger()
    provider = rp(op, { timeout: 1 })
    accessToken = (await logIn(provider)).tokens.accessToken
  })
  beforeEach(() => op.reset())
  after(() => op.close())

  const ask = (token = accessToken, sub = 'user-1') => outcome(fetchUserInfo(provider, token, sub))

  it('is told, and was asked for with the token in the header', async () => {
    const { sub, preferred_username, email } = await fetchUserInfo(provider, accessToken, 'user-1')
    assert.deepEqual([sub, preferred_username, email], ['user-1', 'user-1', 'user-1@example.com'])
    const { headers, url } = op.last('userinfo')
    assert.equal(headers.authorization, `Bearer ${accessToken}`)
    assert.equal(url.search, '')
  })

  it('is believed only about the user that the token is of', async () => {
    assert.equal(await ask(accessToken, 'user-2'), '502 provider_response_invalid')
    for (const sub of ['user-2', undefined, '', 7]) {
      op.knobs.userInfo = { sub }
      assert.equal(await ask(), '502 provider_response_invalid', String(sub))
    }
  })

  it('is not asked for without a user to compare it with', async () => {
    assert.equal(await ask(accessToken, ''), '401 token_invalid')
    assert.equal(op.counts.userinfo, 0)
  })

  it('has its own code for every way in which it can not be had', async () => {
    const challenge = { 'www-authenticate': 'Bearer error="invalid_token"' }
    const table: [Mischief, string][] = [
      [{ status: 401, headers: challenge, body: '' }, '401 token_invalid'],
      [{ status: 401, body: {} }, '401 token_invalid'],
      [
        { status: 403, headers: { 'www-authenticate': 'Bearer error="insufficient_scope"' } },
        '401 token_invalid',
      ],
      [{ status: 400, body: {} }, '502 provider_response_invalid'],
      [{ status: 404, body: {} }, '502 provider_response_invalid'],
      [{ status: 503, headers: challenge, body: '' }, '503 provider_unavailable'],
      ['error', '503 provider_unavailable'],
      ['hang', '503 provider_unavailable'],
      ['slow', '503 provider_unavailable'],
      ['drop', '503 provider_unavailable'],
      ['huge', '502 provider_response_invalid'],
      ['html', '502 provider_response_invalid'],
      ['garbage', '502 provider_response_invalid'],
      ['redirect', '502 provider_response_invalid'],
      [{ body: [] }, '502 provider_response_invalid'],
    ]
    for (const [mischief, expected] of table) {
      op.knobs.mischief = { userinfo: mischief }
      assert.equal(await ask(), expected, JSON.stringify(mischief))
    }
    op.knobs.mischief = {}
    assert.equal(await ask('somebody.elses.token'), '401 token_invalid')
  })

  it('is not there where the provider has no such endpoint', async () => {
    op.knobs.metadata = { userinfo_endpoint: undefined }
    assert.equal(await outcome(fetchUserInfo(rp(op), accessToken, 'user-1')), '500 endpoint_missing')
  })

  describe('as a JWT', () => {
    const told = async (claims = {}, signing: Signing = {}) => {
      const body = await op.sign({ iss: op.issuer, aud: 'app', sub: 'user-1', ...claims }, signing)
      op.knobs.mischief = {
        userinfo: { headers: { 'content-type': 'application/jwt; charset=utf-8' }, body },
      }
      op.knobs.metadata = { userinfo_signing_alg_values_supported: ['RS256', 'HS256', 'none'] }
      return outcome(fetchUserInfo(rp(op), accessToken, 'user-1'))
    }

    it('is believed when the provider has signed it', async () => {
      assert.equal(await told(), '200 ok')
    })

    it('is believed from nobody else', async () => {
      for (const trick of ['none', 'client-secret', 'public-key', 'foreign-key', 'jku', 'broken'] as const) {
        assert.equal(await told({}, { trick }), '502 provider_response_invalid', trick)
      }
      assert.equal(await told({ iss: 'https://evil.example' }), '502 provider_response_invalid')
      assert.equal(await told({ sub: 'user-2' }), '502 provider_response_invalid')
      assert.equal(await told({ exp: 1 }), '502 provider_response_invalid')
    })

    it('for another client is not for us', async () => {
      assert.equal(await told({ aud: 'other' }), '502 provider_response_invalid')
    })
  })
})
