import assert from 'node:assert/strict'
import { verifyIdToken } from '../../../src/protocol/login/id-token.js'
import { outcome, rp } from '../../support/app/rp.js'
import { type Signing, useForger } from '../../support/forger/forger.js'

/** openid-client looks at most of this too; here it is seen that what it overlooks would not pass. */
describe('An ID token by itself', () => {
  const op = useForger()

  const now = () => Math.floor(Date.now() / 1000)
  const verify = async (claims: Record<string, unknown> = {}, signing: Signing = {}) => {
    const right = {
      iss: op.issuer,
      sub: 'u',
      aud: 'app',
      azp: 'app',
      typ: 'ID',
      iat: now(),
      exp: now() + 300,
    }
    return outcome(verifyIdToken(rp(op), await op.sign({ ...right, ...claims }, signing)))
  }
  const invalid = '502 id_token_invalid'

  it('that is right is believed', async () => {
    assert.equal(await verify(), '200 ok')
  })

  it('is for this client, and says so where it is for others too', async () => {
    for (const aud of ['other', ['other'], [], undefined, null, 7])
      assert.equal(await verify({ aud }), invalid)
    assert.equal(await verify({ aud: ['app', 'other'], azp: undefined }), invalid)
    assert.equal(await verify({ aud: ['app', 'other'], azp: 'other' }), invalid)
    assert.equal(await verify({ aud: ['app', 'other'] }), '200 ok')
    assert.equal(await verify({ aud: ['app'], azp: undefined }), '200 ok')
  })

  it('is of this issuer, of now, and about somebody', async () => {
    for (const iss of [`${op.issuer}/`, undefined]) assert.equal(await verify({ iss }), invalid)
    for (const sub of [undefined, '', 7, 'x'.repeat(256)]) assert.equal(await verify({ sub }), invalid)
    for (const times of [{ exp: undefined }, { iat: undefined }, { exp: 'x' }, { iat: 'x' }]) {
      assert.equal((await verify(times)).startsWith('50'), true)
    }
    for (const times of [{ exp: now() - 60 }, { iat: now() + 60 }, { nbf: now() + 60 }]) {
      assert.equal(await verify(times), '500 clock_mismatch')
    }
  })

  it('is signed by the provider', async () => {
    for (const trick of [
      'none',
      'client-secret',
      'public-key',
      'foreign-key',
      'embedded-jwk',
      'jku',
    ] as const) {
      assert.equal(await verify({}, { trick }), invalid, trick)
    }
  })

  it('has to be there', async () => {
    assert.equal(await outcome(verifyIdToken(rp(op), undefined)), invalid)
    assert.equal(await outcome(verifyIdToken(rp(op), '')), invalid)
  })
})
