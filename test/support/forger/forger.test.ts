import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { type ForgerEndpoint, type Mischief, type Trick, useForger } from './forger.js'

const redirectUri = 'http://localhost:9/callback'
const verifier = 'v'.repeat(43)

describe('the forger', () => {
  const op = useForger()

  beforeEach(() => op.reset())

  async function authorize(extra: Record<string, string> = {}): Promise<URLSearchParams> {
    const query = new URLSearchParams({
      client_id: 'app',
      response_type: 'code',
      scope: 'openid',
      redirect_uri: redirectUri,
      state: 'the-state',
      nonce: 'the-nonce',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      ...extra,
    })
    const response = await fetch(`${op.issuer}/protocol/openid-connect/auth?${query}`, { redirect: 'manual' })
    return new URL(response.headers.get('location') ?? '').searchParams
  }

  const post = (form: Record<string, string>, secret = 's3cret') =>
    fetch(`${op.issuer}/protocol/openid-connect/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${Buffer.from(`app:${secret}`).toString('base64')}` },
      body: new URLSearchParams(form),
    })

  const exchange = async (extra: Record<string, string> = {}) =>
    post({
      grant_type: 'authorization_code',
      code: (await authorize()).get('code') ?? '',
      redirect_uri: redirectUri,
      code_verifier: verifier,
      ...extra,
    })

  const login = async () => (await (await exchange()).json()) as Record<string, string>
  const refresh = (token = '') => post({ grant_type: 'refresh_token', refresh_token: token })
  const keys = () => createRemoteJWKSet(new URL(`${op.issuer}/protocol/openid-connect/certs`))

  it('is a correct provider when nothing else is said', async () => {
    const back = await authorize()
    assert.deepEqual([back.get('state'), back.get('iss')], ['the-state', op.issuer])
    const { id_token = '', access_token = '' } = await login()
    const { payload } = await jwtVerify(id_token, keys(), { issuer: op.issuer, audience: 'app' })
    assert.deepEqual([payload.nonce, payload.sub], ['the-nonce', 'user-1'])
    assert.deepEqual(op.logins.at(-1), { sub: payload.sub, sid: payload.sid })
    const headers = { authorization: `Bearer ${access_token}` }
    const info = await (await fetch(`${op.issuer}/protocol/openid-connect/userinfo`, { headers })).json()
    assert.equal((info as { sub: string }).sub, 'user-1')
    assert.equal(op.last('token').form.get('code_verifier'), verifier)
  })

  it('takes a code once, with its redirect URI, verifier and secret', async () => {
    assert.equal((await exchange({ redirect_uri: `${redirectUri}/` })).status, 400)
    assert.equal((await exchange({ code_verifier: 'w'.repeat(43) })).status, 400)
    assert.equal((await post({ grant_type: 'authorization_code' }, 'wrong')).status, 401)
    const code = (await authorize()).get('code') ?? ''
    assert.equal((await exchange({ code })).status, 200)
    assert.equal((await exchange({ code })).status, 400)
  })

  it('overrides and takes away members of everything it says', async () => {
    op.knobs.metadata = { issuer: 'https://other.example', jwks_uri: undefined }
    const metadata = (await (await fetch(op.discoveryUrl)).json()) as Record<string, unknown>
    assert.equal(metadata.issuer, 'https://other.example')
    assert.ok(!('jwks_uri' in metadata))
    op.knobs.authorization = { iss: undefined, state: 'other', error: 'access_denied' }
    const back = await authorize()
    assert.deepEqual(
      [back.get('iss'), back.get('state'), back.get('error')],
      [null, 'other', 'access_denied'],
    )
    op.knobs.authorization = {}
    op.knobs.token = { refresh_token: undefined, expires_in: '300' }
    op.knobs.idToken = { claims: { nonce: 'other', aud: ['app', 'b'] }, header: { kid: undefined } }
    op.knobs.sub = 'user-2'
    const tokens = await login()
    assert.ok(!('refresh_token' in tokens))
    const claims = decodeJwt(tokens.id_token ?? '')
    assert.deepEqual([claims.nonce, claims.aud, claims.sub], ['other', ['app', 'b'], 'user-2'])
    assert.ok(!('kid' in decodeProtectedHeader(tokens.id_token ?? '')))
  })

  it('renews with rotation, and notices reuse', async () => {
    const { refresh_token: first = '' } = await login()
    const renewed = (await (await refresh(first)).json()) as Record<string, string>
    assert.equal(decodeJwt(renewed.id_token ?? '').nonce, undefined)
    assert.equal((await refresh(first)).status, 400)
    assert.equal((await refresh(renewed.refresh_token)).status, 400)
  })

  it('renews as told: the same token, another user, no ID token', async () => {
    const { refresh_token: token = '' } = await login()
    op.knobs.refresh = { rotate: false, noIdToken: false, claims: { sub: 'other' }, response: {} }
    const renewed = (await (await refresh(token)).json()) as Record<string, string>
    assert.equal(renewed.refresh_token, token)
    assert.equal(decodeJwt(renewed.id_token ?? '').sub, 'other')
    op.knobs.refresh.noIdToken = true
    op.knobs.refresh.response = { refresh_token: undefined }
    const bare = (await (await refresh(token)).json()) as Record<string, string>
    assert.deepEqual([bare.id_token, bare.refresh_token], [undefined, undefined])
  })

  const tricks: [Trick, string][] = [
    ['none', 'none'],
    ['client-secret', 'HS256'],
    ['public-key', 'HS256'],
    ['foreign-key', 'RS256'],
    ['unknown-kid', 'RS256'],
    ['embedded-jwk', 'RS256'],
    ['jku', 'RS256'],
    ['broken', 'RS256'],
  ]
  for (const [trick, alg] of tricks) {
    it(`forges signatures: ${trick}`, async () => {
      const jwt = await op.signLogoutToken({}, { trick })
      assert.equal(decodeProtectedHeader(jwt).alg, alg)
      assert.equal(decodeProtectedHeader(jwt).typ, 'logout+jwt')
      await assert.rejects(jwtVerify(jwt, keys()))
      assert.equal(op.counts.foreignJwks, 0)
    })
  }

  it('signs logout tokens that verify, for the latest login', async () => {
    await login()
    const { payload } = await jwtVerify(await op.signLogoutToken({ nonce: 'n', sub: undefined }), keys(), {
      issuer: op.issuer,
      audience: 'app',
      typ: 'logout+jwt',
    })
    assert.deepEqual([payload.sid, payload.sub, payload.nonce], [op.logins.at(-1)?.sid, undefined, 'n'])
  })

  it('rotates its keys', async () => {
    const before = await op.sign({ sub: 'x' })
    await op.rotateKeys()
    await assert.rejects(jwtVerify(before, keys()))
    await op.rotateKeys({ keep: true, alg: 'ES256' })
    assert.equal((await jwtVerify(await op.sign({ sub: 'x' }), keys())).protectedHeader.alg, 'ES256')
    await op.rotateKeys({ alg: 'RS256' })
  })

  const ask = (mischief: Mischief, endpoint: ForgerEndpoint = 'discovery') => {
    op.knobs.mischief = { [endpoint]: mischief }
    return fetch(op.discoveryUrl, { redirect: 'manual', signal: AbortSignal.timeout(1000) })
  }

  it('misbehaves in every way that is over at once', async () => {
    assert.equal((await ask('error')).status, 500)
    assert.match((await ask('html')).headers.get('content-type') ?? '', /html/)
    assert.equal(await (await ask('empty')).text(), '')
    assert.equal((await ask('redirect')).status, 302)
    assert.match((await ask('wrong-type')).headers.get('content-type') ?? '', /plain/)
    assert.equal((await ask({ status: 429, headers: { 'retry-after': '7' }, body: {} })).status, 429)
    await assert.rejects((await ask('garbage')).json())
    await assert.rejects(ask('drop'))
    await assert.rejects(ask('lost'))
    assert.equal((await ask('hang', 'jwks')).status, 200)
  })

  it('hangs, trickles, and sends far too much', async () => {
    const soon = { signal: AbortSignal.timeout(150) }
    op.knobs.mischief = { discovery: 'hang', jwks: 'slow', userinfo: 'huge' }
    await assert.rejects(fetch(op.discoveryUrl, soon))
    await assert.rejects(
      fetch(`${op.issuer}/protocol/openid-connect/certs`, soon).then(response => response.text()),
    )
    const { body } = await fetch(`${op.issuer}/protocol/openid-connect/userinfo`)
    let bytes = 0
    for await (const chunk of body ?? []) bytes += (chunk as Uint8Array).length
    assert.ok(bytes > 60 * 2 ** 20)
  })

  it('holds requests until they are let go', async () => {
    const release = op.hold('discovery')
    const pending = [fetch(op.discoveryUrl), fetch(op.discoveryUrl)]
    await op.arrived('discovery', 2)
    release()
    const statuses = (await Promise.all(pending)).map(({ status }) => status)
    assert.deepEqual(statuses, [200, 200])
  })
})
