import assert from 'node:assert/strict'
import { generateKeyPair, jwtVerify } from 'jose'
import type { ProviderOptions } from '../../../src/options.js'
import { authorize, logIn, outcome, rp } from '../../support/app/rp.js'
import { type Forger, type ForgerOptions, startForger } from '../../support/forger/forger.js'

const ASSERTION = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

describe('The client proves who it is', () => {
  let op: Forger
  const start = async (options: ForgerOptions = {}) => {
    op = await startForger(options)
  }
  afterEach(() => op.close())

  /** What the token endpoint was told of the client. */
  const presented = async (options: Partial<ProviderOptions> = {}) => {
    await logIn(rp(op, options))
    const { form, headers } = op.last('token')
    return {
      basic: headers.authorization,
      id: form.get('client_id'),
      secret: form.get('client_secret'),
      type: form.get('client_assertion_type'),
      assertion: form.get('client_assertion') ?? '',
    }
  }

  it('with its secret in the header, when nothing else is said', async () => {
    await start({ clientId: 'my app', clientSecret: 'p+ä:ss% wörd/' })
    const { basic = '', id, secret } = await presented()
    const [user, password] = Buffer.from(basic.slice(6), 'base64').toString().split(':')
    // RFC 6749, section 2.3.1: both are form-encoded first.
    assert.deepEqual([user, password], ['my+app', 'p%2B%C3%A4%3Ass%25+w%C3%B6rd%2F'])
    assert.deepEqual([id, secret], [null, null])
  })

  it('with its secret in the form, where the provider takes only that, or the option says so', async () => {
    await start()
    op.knobs.metadata = { token_endpoint_auth_methods_supported: ['private_key_jwt', 'client_secret_post'] }
    const given = { basic: undefined, id: 'app', secret: 's3cret', type: null, assertion: '' }
    assert.deepEqual(await presented(), given)
    op.reset()
    assert.deepEqual(await presented({ clientAuth: 'client_secret_post' }), given)
  })

  it('in the header also where the provider does not say what it takes', async () => {
    await start()
    op.knobs.metadata = { token_endpoint_auth_methods_supported: undefined }
    assert.match((await presented()).basic ?? '', /^Basic /)
    op.knobs.metadata = { token_endpoint_auth_methods_supported: [] }
    assert.match((await presented()).basic ?? '', /^Basic /)
  })

  it('with a JWT made of its secret, which does not travel', async () => {
    await start({ clientSecret: 'a secret of thirty-two bytes and more' })
    const { assertion, type, secret, basic } = await presented({ clientAuth: 'client_secret_jwt' })
    assert.deepEqual([type, secret, basic], [ASSERTION, null, undefined])
    const { payload } = await jwtVerify(assertion, new TextEncoder().encode(op.clientSecret), {
      audience: op.issuer,
      issuer: 'app',
      subject: 'app',
      requiredClaims: ['exp', 'jti'],
    })
    assert.equal(payload.aud, op.issuer)
  })

  it('with a JWT signed by its key, made for this provider alone and for a short time', async () => {
    await start({ clientSecret: null })
    const { privateKey, publicKey } = await generateKeyPair('ES256')
    const clientAuth = { method: 'private_key_jwt' as const, key: privateKey, kid: 'key-1' }
    const { assertion, type, secret, basic } = await presented({ clientAuth })
    assert.deepEqual([type, secret, basic], [ASSERTION, null, undefined])
    const { payload, protectedHeader } = await jwtVerify(assertion, publicKey)
    assert.deepEqual([payload.iss, payload.sub, payload.aud], ['app', 'app', op.issuer])
    assert.equal(protectedHeader.kid, 'key-1')
    assert.ok((payload.exp ?? Number.POSITIVE_INFINITY) - (payload.iat ?? 0) <= 120)
    const again = (await presented({ clientAuth })).assertion
    assert.notEqual((await jwtVerify(again, publicKey)).payload.jti, payload.jti)
  })

  it('not at all, when it is public: then PKCE does', async () => {
    await start({ clientSecret: null })
    const { basic, id, secret, assertion } = await presented()
    assert.deepEqual([basic, id, secret, assertion], [undefined, 'app', null, ''])
    assert.equal(op.last('token').form.get('code_verifier')?.length, 43)
  })

  it('by its TLS certificate, at the address for that', async () => {
    await start({ clientSecret: null })
    op.knobs.metadata = {
      mtls_endpoint_aliases: { token_endpoint: `${op.issuer}/protocol/openid-connect/token?mtls` },
    }
    await logIn(rp(op, { clientAuth: 'tls_client_auth' }))
    const { url, form, headers } = op.last('token')
    assert.equal(url.search, '?mtls')
    assert.deepEqual([form.get('client_id'), headers.authorization], ['app', undefined])
  })

  it('and is told when it is not believed', async () => {
    await start()
    assert.equal(await outcome(logIn(rp(op, { clientSecret: 'wrong' }))), '500 client_rejected')
  })

  it('and never in an address', async () => {
    await start()
    await authorize(rp(op))
    for (const { url } of op.requests) assert.doesNotMatch(url.href, /s3cret|client_secret/)
  })
})
