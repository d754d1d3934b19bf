import assert from 'node:assert/strict'
import { KeycloakError } from '../../../src/errors.js'
import type { Provider } from '../../../src/provider/provider.js'
import { authorize, callback, exchange, logIn, outcome, rp } from '../../support/app/rp.js'
import { fakeClock } from '../../support/clock.js'
import { type Knobs, type Mischief, useForger } from '../../support/forger/forger.js'

/** When this file was loaded: a whole run of the tests may take many minutes from there. */
const SECONDS = Math.floor(Date.now() / 1000)

describe('The exchange of the code', () => {
  let provider: Provider
  const op = useForger()
  beforeEach(() => {
    op.reset()
    provider = rp(op, { timeout: 1 })
  })

  it('gives a verified login', async () => {
    const { iss, sub, sid, tokens } = await logIn(provider)
    assert.deepEqual({ iss, sub, sid }, { iss: op.issuer, ...op.logins.at(-1) })
    assert.equal(tokens.expiresIn, 300)
    assert.equal(tokens.refreshExpiresIn, 1800)
    assert.equal(tokens.tokenType, 'bearer')
  })

  it('sends the verifier, the redirect URI of the request, and says who asks', async () => {
    const answered = await authorize(provider)
    await exchange(provider, answered)
    const { form, headers } = op.last('token')
    assert.deepEqual(
      [form.get('grant_type'), form.get('redirect_uri'), form.get('code_verifier')],
      ['authorization_code', callback, answered.transaction.codeVerifier],
    )
    assert.match(headers['user-agent'] ?? '', /^koa-keycloak\//)
    assert.equal(form.get('code_verifier')?.length, 43)
  })

  it('repeats the redirect URI to the letter, whatever letters are in it', async () => {
    const answered = await authorize(provider, { redirectUri: 'http://localhost:9/café/a b/auth' })
    await exchange(provider, answered)
    assert.equal(
      op.last('token').form.get('redirect_uri'),
      op.last('authorization').url.searchParams.get('redirect_uri'),
    )
  })

  it('keeps sid to what the ID token says, and to a text of sensible length', async () => {
    op.knobs.idToken = { claims: { sid: undefined, session_state: 'old' } }
    assert.equal((await logIn(provider)).sid, undefined)
    assert.equal((await logIn(rp(op, { legacy: true }))).sid, 'old')
    for (const sid of [7, {}, '', 'x'.repeat(256)]) {
      op.knobs.idToken = { claims: { sid } }
      assert.equal(await outcome(logIn(provider)), '502 id_token_invalid')
    }
  })

  describe('when the provider said no', () => {
    const errors: [string, string][] = [
      ['access_denied', '403 access_denied'],
      ['login_required', '401 login_not_possible'],
      ['interaction_required', '401 login_not_possible'],
      ['consent_required', '401 login_not_possible'],
      ['account_selection_required', '401 login_not_possible'],
      ['server_error', '400 authorization_rejected'],
      ['temporarily_unavailable', '400 authorization_rejected'],
      ['invalid_request', '400 authorization_rejected'],
      ['invalid_scope', '400 authorization_rejected'],
      ['unauthorized_client', '400 authorization_rejected'],
      ['unsupported_response_type', '400 authorization_rejected'],
      ['request_not_supported', '400 authorization_rejected'],
      ['something new', '400 authorization_rejected'],
    ]
    for (const [error, expected] of errors) {
      it(`with ${error} fails as ${expected}, and asks for no token`, async () => {
        op.knobs.authorization = { error, error_description: 'SECRET', code: undefined }
        assert.equal(await outcome(logIn(provider)), expected)
        assert.equal(op.counts.token, 0)
      })
    }

    it('does not use a code that came with the error', async () => {
      op.knobs.authorization = { error: 'access_denied' }
      assert.equal(await outcome(logIn(provider)), '403 access_denied')
      assert.equal(op.counts.token, 0)
    })
  })

  describe('of an answer that is not to this login', () => {
    const answers: [string, Knobs['authorization'], string][] = [
      ['another issuer', { iss: 'https://evil.example' }, '400 issuer_mismatch'],
      ['the issuer with a slash more', { iss: 'ISSUER/' }, '400 issuer_mismatch'],
      ['an empty issuer', { iss: '' }, '400 issuer_mismatch'],
      ['no issuer, though one is announced', { iss: undefined }, '400 issuer_missing'],
      ['no issuer in an error', { iss: undefined, error: 'access_denied' }, '400 issuer_missing'],
    ]
    for (const [what, authorization, expected] of answers) {
      it(`with ${what} fails as ${expected}, and asks for no token`, async () => {
        const { iss } = authorization
        op.knobs.authorization = { ...authorization, ...(iss === 'ISSUER/' && { iss: `${op.issuer}/` }) }
        assert.equal(await outcome(logIn(provider)), expected)
        assert.equal(op.counts.token, 0)
      })
    }

    it('asks for no token when the state is another one', async () => {
      op.knobs.authorization = { state: 'other' }
      assert.notEqual(await outcome(logIn(provider)), '200 ok')
      assert.equal(op.counts.token, 0)
    })

    it('takes an answer without an issuer where none is announced, and still not a wrong one', async () => {
      op.knobs.metadata = { authorization_response_iss_parameter_supported: undefined }
      op.knobs.authorization = { iss: undefined }
      assert.equal(await outcome(logIn(rp(op))), '200 ok')
      op.knobs.authorization = { iss: 'https://evil.example' }
      assert.equal(await outcome(logIn(rp(op))), '400 issuer_mismatch')
    })

    it('looks at no parameter of other flows', async () => {
      for (const name of ['response', 'id_token', 'token', 'access_token']) {
        op.knobs.authorization = { [name]: 'x.y.z' }
        assert.equal(await outcome(logIn(provider)), '200 ok', name)
      }
    })
  })

  describe('where the token endpoint', () => {
    const error = (status: number, name: string, headers = {}) => ({ status, headers, body: { error: name } })
    const table: [string, Mischief, string][] = [
      ['says invalid_grant', error(400, 'invalid_grant'), '400 code_rejected'],
      ['says invalid_client with 400', error(400, 'invalid_client'), '500 client_rejected'],
      ['says invalid_client with 401', error(401, 'invalid_client'), '500 client_rejected'],
      [
        'challenges',
        error(401, 'invalid_client', { 'www-authenticate': 'Basic realm="x"' }),
        '500 client_rejected',
      ],
      ['says unauthorized_client', error(400, 'unauthorized_client'), '500 client_rejected'],
      ['says invalid_request', error(400, 'invalid_request'), '500 provider_rejected'],
      ['says invalid_scope', error(400, 'invalid_scope'), '500 provider_rejected'],
      ['says something of its own', error(400, 'not_on_mondays'), '500 provider_rejected'],
      ['says server_error with 400', error(400, 'server_error'), '502 provider_error'],
      ['says temporarily_unavailable', error(400, 'temporarily_unavailable'), '503 provider_unavailable'],
      ['has had enough', error(429, 'slow_down'), '503 provider_unavailable'],
      ['fails', 'error', '503 provider_unavailable'],
      [
        'is behind a proxy that fails',
        { status: 502, headers: { 'content-type': 'text/html' }, body: '<h1>' },
        '503 provider_unavailable',
      ],
      [
        'fails with a challenge',
        error(503, 'x', { 'www-authenticate': 'Basic realm="x"' }),
        '503 provider_unavailable',
      ],
      ['hangs', 'hang', '503 provider_unavailable'],
      ['hangs in the middle', 'slow', '503 provider_unavailable'],
      ['hangs up', 'drop', '503 provider_unavailable'],
      ['hangs up when it is done', 'lost', '503 provider_unavailable'],
      ['sends 60 MB', 'huge', '502 provider_response_invalid'],
      ['sends a page', 'html', '502 provider_response_invalid'],
      [
        'sends a page with 400',
        { status: 400, headers: { 'content-type': 'text/html' }, body: '<h1>' },
        '502 provider_response_invalid',
      ],
      ['sends JSON that is none', 'garbage', '502 provider_response_invalid'],
      ['sends nothing', 'empty', '502 provider_response_invalid'],
      ['redirects', 'redirect', '502 provider_response_invalid'],
      ['sends an array', { body: [] }, '502 provider_response_invalid'],
      ['sends null', { body: 'null' }, '502 provider_response_invalid'],
      ['sends an empty object', { body: {} }, '502 provider_response_invalid'],
      ['sends 400 without a reason', { status: 400, body: {} }, '502 provider_response_invalid'],
      ['sends 201', { status: 201 }, '502 provider_response_invalid'],
    ]
    for (const [what, mischief, expected] of table) {
      it(`${what} fails as ${expected}`, async () => {
        const answered = await authorize(provider)
        op.knobs.mischief = { token: mischief }
        const error = await exchange(provider, answered).catch(e => e)
        assert.ok(error instanceof KeycloakError)
        assert.equal(`${error.status} ${error.code}`, expected)
        assert.equal(error.expose, error.status < 500)
        assert.equal('Retry-After' in error.headers, error.status === 503)
        assert.equal(op.counts.token, 1)
      })
    }

    it('may call its JSON text', async () => {
      op.knobs.mischief = { token: 'wrong-type' }
      assert.equal(await outcome(logIn(provider)), '200 ok')
    })

    const bodies: [string, Knobs['token'], string][] = [
      ['no access token', { access_token: undefined }, '502 provider_response_invalid'],
      ['an empty access token', { access_token: '' }, '502 provider_response_invalid'],
      ['an access token that is no text', { access_token: {} }, '502 provider_response_invalid'],
      ['no token type', { token_type: undefined }, '502 provider_response_invalid'],
      ['another token type', { token_type: 'mac' }, '502 provider_response_invalid'],
      ['a lifetime that is no number', { expires_in: 'soon' }, '502 provider_response_invalid'],
      ['a lifetime below zero', { expires_in: -1 }, '502 provider_response_invalid'],
      ['a refresh token that is no text', { refresh_token: 7 }, '502 provider_response_invalid'],
      ['a scope that is no text', { scope: ['openid'] }, '502 provider_response_invalid'],
      ['no ID token', { id_token: undefined }, '502 id_token_invalid'],
      ['a lifetime in quotes', { expires_in: '300' }, '200 ok'],
      ['no lifetime', { expires_in: undefined }, '200 ok'],
      ['no refresh token', { refresh_token: undefined, refresh_expires_in: undefined }, '200 ok'],
      ['a refresh token without an end', { refresh_expires_in: 0 }, '200 ok'],
      ['an end of the refresh token that is no number', { refresh_expires_in: 'x' }, '200 ok'],
    ]
    for (const [what, token, expected] of bodies) {
      it(`sends ${what}: ${expected}`, async () => {
        op.knobs.token = token
        assert.equal(await outcome(logIn(provider)), expected)
      })
    }
  })

  describe('does not believe an ID token', () => {
    const forged: [string, Knobs['idToken'], string][] = [
      ['for another nonce', { claims: { nonce: 'other' } }, '400 nonce_mismatch'],
      ['without a nonce', { claims: { nonce: undefined } }, '502 id_token_invalid'],
      ['that is not signed', { trick: 'none' }, '502 id_token_invalid'],
      ['signed with the client secret', { trick: 'client-secret' }, '502 id_token_invalid'],
      ['signed with the public key as a secret', { trick: 'public-key' }, '502 id_token_invalid'],
      ['signed with a foreign key', { trick: 'foreign-key' }, '502 id_token_invalid'],
      ['signed with a key nobody published', { trick: 'unknown-kid' }, '502 id_token_invalid'],
      ['that brings its key', { trick: 'embedded-jwk' }, '502 id_token_invalid'],
      ['that says where its key is', { trick: 'jku' }, '502 id_token_invalid'],
      ['whose signature is broken', { trick: 'broken' }, '502 id_token_invalid'],
      ['with a critical extension', { header: { crit: ['exp'], exp: 1 } }, '502 id_token_invalid'],
      ['of another issuer', { claims: { iss: 'https://evil.example' } }, '502 id_token_invalid'],
      ['for another client', { claims: { aud: 'other' } }, '502 id_token_invalid'],
      ['for another authorized party', { claims: { azp: 'other' } }, '502 id_token_invalid'],
      [
        'for several without an authorized party',
        { claims: { aud: ['app', 'b'], azp: undefined } },
        '502 id_token_invalid',
      ],
      [
        'for several and another authorized party',
        { claims: { aud: ['app', 'b'], azp: 'b' } },
        '502 id_token_invalid',
      ],
      ['that expired', { claims: { exp: SECONDS - 60 } }, '500 clock_mismatch'],
      ['without an end', { claims: { exp: undefined } }, '502 id_token_invalid'],
      ['from the future', { claims: { iat: SECONDS + 36_000 } }, '500 clock_mismatch'],
      ['without a time', { claims: { iat: undefined } }, '502 id_token_invalid'],
      ['not good yet', { claims: { nbf: SECONDS + 36_000 } }, '500 clock_mismatch'],
      ['about nobody', { claims: { sub: undefined } }, '502 id_token_invalid'],
      ['about an empty name', { claims: { sub: '' } }, '502 id_token_invalid'],
      ['about a number', { claims: { sub: 7 } }, '502 id_token_invalid'],
      ['about a name too long', { claims: { sub: 'x'.repeat(256) } }, '502 id_token_invalid'],
      ['that says it is an access token', { claims: { typ: 'Bearer' } }, '502 id_token_invalid'],
      ['that says it is a logout token', { claims: { typ: 'Logout' } }, '502 id_token_invalid'],
      ['whose header says access token', { header: { typ: 'at+jwt' } }, '502 id_token_invalid'],
      [
        'whose header says logout token',
        { header: { typ: 'application/logout+jwt' } },
        '502 id_token_invalid',
      ],
    ]
    for (const [what, idToken, expected] of forged) {
      it(`${what}: ${expected}`, async () => {
        op.knobs.idToken = idToken
        assert.equal(await outcome(logIn(provider)), expected)
        assert.equal(op.counts.foreignJwks, 0)
      })
    }

    it('that is none', async () => {
      for (const id_token of ['x', 'x.y.z', 'a.b.c.d.e', 'e30.e30.', '', 7, {}]) {
        op.knobs.token = { id_token }
        const result = await outcome(logIn(provider))
        assert.match(result, /^502 (id_token_invalid|provider_response_invalid)$/, String(id_token))
      }
    })

    it('but one with what is allowed besides', async () => {
      const allowed: Knobs['idToken'][] = [
        { claims: { aud: ['app'] } },
        { claims: { aud: ['app', 'b'], azp: 'app' } },
        { claims: { azp: undefined } },
        { claims: { typ: undefined } },
        { claims: { sub: 'x'.repeat(255) } },
        { header: { typ: undefined } },
        { header: { kid: undefined } },
        { header: { jku: 'https://evil.example/jwks', x5u: 'https://evil.example/x5u' } },
        { claims: { iat: SECONDS + 5 } },
      ]
      for (const idToken of allowed) {
        op.knobs.idToken = idToken
        assert.equal(await outcome(logIn(provider)), '200 ok', JSON.stringify(idToken))
      }
      assert.equal(op.counts.foreignJwks, 0)
    })

    it('whose algorithm the metadata does not name', async () => {
      op.knobs.metadata = { id_token_signing_alg_values_supported: ['PS256'] }
      assert.equal(await outcome(logIn(rp(op))), '502 id_token_invalid')
    })

    it('without a signature or with a shared secret, even where the metadata names that', async () => {
      op.knobs.metadata = { id_token_signing_alg_values_supported: ['RS256', 'HS256', 'none'] }
      for (const trick of ['none', 'client-secret', 'public-key'] as const) {
        op.knobs.idToken = { trick }
        assert.equal(await outcome(logIn(rp(op))), '502 id_token_invalid', trick)
      }
    })
  })

  describe('of a login that was asked for more', () => {
    it('refuses one that is too old, or does not say how old it is', async () => {
      op.knobs.idToken = { claims: { auth_time: Math.floor(Date.now() / 1000) - 600 } }
      assert.equal(await outcome(logIn(provider, { maxAge: 300 })), '403 step_up_failed')
      assert.equal(await outcome(logIn(provider, { maxAge: 900 })), '200 ok')
      assert.equal(await outcome(logIn(provider, { params: { max_age: '300' } })), '403 step_up_failed')
      op.knobs.idToken = { claims: { auth_time: undefined } }
      assert.equal(await outcome(logIn(provider, { maxAge: 300 })), '502 id_token_invalid')
    })

    it('refuses one that was reached in another way', async () => {
      op.knobs.idToken = { claims: { acr: 'silver' } }
      assert.equal(await outcome(logIn(provider, { acr: ['gold', 'platinum'] })), '403 step_up_failed')
      assert.equal(await outcome(logIn(provider, { acr: ['gold', 'silver'] })), '200 ok')
      op.knobs.idToken = { claims: { acr: undefined } }
      assert.equal(await outcome(logIn(provider, { acr: ['gold'] })), '403 step_up_failed')
    })
  })

  describe('goes by the clock it was given', () => {
    it('within the tolerance', async () => {
      const at = async (offset: number, clockTolerance: number) => {
        const clock = fakeClock(Date.now() / 1000 + offset)
        return outcome(logIn(rp(op, { now: clock.now, clockTolerance })))
      }
      assert.equal(await at(0, 0), '200 ok')
      assert.equal(await at(-8, 10), '200 ok')
      assert.equal(await at(-60, 10), '500 clock_mismatch')
      assert.equal(await at(-60, 120), '200 ok')
      assert.equal(await at(305, 10), '200 ok')
      assert.equal(await at(600, 10), '500 clock_mismatch')
    })
  })
})
