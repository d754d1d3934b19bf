import assert from 'node:assert/strict'
import { createRemoteJWKSet, decodeJwt, decodeProtectedHeader, jwtVerify } from 'jose'
import { type StandIn, startStandIn } from '../../../example/stand-in/stand-in.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { metadata, RelyingParty } from './relying-party.js'

const alice = {
  username: 'alice',
  password: 'alice',
  name: 'Alice Adams',
  email: 'alice@example.com',
  realmRoles: ['admin'],
  clientRoles: { app: ['editor'] },
}

describe('the stand-in Keycloak: login and tokens', () => {
  let app: RelyingParty
  let other: RelyingParty
  let op: StandIn

  before(async () => {
    app = await new RelyingParty('app').start()
    other = await new RelyingParty('other').start()
    op = await startStandIn({ clients: [app.client, other.client], users: [alice], showUsers: true })
  })

  after(async () => {
    await op.close()
    await Promise.all([app.close(), other.close()])
  })

  it('has the metadata and the addresses of a Keycloak realm', async () => {
    const found = await metadata(op)
    assert.equal(found.issuer, `http://localhost:${op.port}/realms/demo`)
    assert.equal(found.token_endpoint, `${op.issuer}/protocol/openid-connect/token`)
    assert.equal(found.end_session_endpoint, `${op.issuer}/protocol/openid-connect/logout`)
    assert.equal(found.jwks_uri, `${op.issuer}/protocol/openid-connect/certs`)
    assert.ok(found.backchannel_logout_session_supported)
  })

  it('comes back with code, state, iss and session_state', async () => {
    const page = await new UserAgent().login(await app.loginUrl(op), 'alice', 'alice')
    const { query, path } = page.json<{ path: string; query: Record<string, string> }>()
    assert.equal(path, '/callback')
    assert.deepEqual(Object.keys(query).sort(), ['code', 'iss', 'session_state', 'state'])
    assert.equal(query.iss, op.issuer)
    assert.equal(query.state, 'the-state')
  })

  it('issues tokens with the claims of Keycloak, all with one sid', async () => {
    const tokens = await app.login(op, new UserAgent())
    const idToken = decodeJwt(tokens.id_token)
    const accessToken = decodeJwt(tokens.access_token)
    const refreshToken = decodeJwt(tokens.refresh_token ?? '')
    assert.deepEqual(
      [tokens.expires_in, tokens.refresh_expires_in, tokens['not-before-policy'], tokens.token_type],
      [300, 1800, 0, 'Bearer'],
    )
    assert.equal(tokens.scope, 'openid email profile')
    assert.deepEqual(
      [idToken.typ, accessToken.typ, refreshToken.typ, decodeProtectedHeader(tokens.access_token).typ],
      ['ID', 'Bearer', 'Refresh', 'JWT'],
    )
    assert.deepEqual([idToken.aud, idToken.azp, accessToken.azp], ['app', 'app', 'app'])
    assert.deepEqual([idToken.nonce, idToken.acr], ['the-nonce', '1'])
    assert.ok(typeof idToken.auth_time === 'number' && typeof idToken.at_hash === 'string')
    assert.deepEqual(
      [idToken.preferred_username, idToken.email, idToken.name],
      ['alice', alice.email, alice.name],
    )
    assert.deepEqual(accessToken.realm_access, { roles: ['admin'] })
    assert.deepEqual(accessToken.resource_access, { app: { roles: ['editor'] } })
    assert.deepEqual(
      [accessToken.sid, refreshToken.sid, tokens.session_state],
      [idToken.sid, idToken.sid, idToken.sid],
    )
    assert.equal(accessToken.sub, idToken.sub)
  })

  it('lets a second client in without a password, in the same session, with acr 0', async () => {
    const agent = new UserAgent()
    const first = decodeJwt((await app.login(op, agent)).id_token)
    const page = await agent.goto(await other.loginUrl(op))
    assert.equal(new URL(page.url).pathname, '/callback')
    const second = decodeJwt((await other.login(op, agent)).id_token)
    assert.deepEqual([second.sid, second.aud, second.acr], [first.sid, 'other', '0'])
  })

  it('refuses a wrong password with a message and takes the right one after it', async () => {
    const agent = new UserAgent()
    const wrong = await agent.login(await app.loginUrl(op), 'alice', '<wrong>')
    assert.match(wrong.text, /Invalid username or password/)
    assert.equal(wrong.form().fields.username, 'alice')
    const page = await agent.submit(wrong, { password: 'alice' })
    assert.equal(new URL(page.url).pathname, '/callback')
  })

  it('answers Cancel with access_denied', async () => {
    const agent = new UserAgent()
    const form = await agent.goto(await app.loginUrl(op))
    const page = await agent.submit(form, {}, { button: 'cancel' })
    assert.equal(new URL(page.url).searchParams.get('error'), 'access_denied')
  })

  it('lists the users to try, and escapes what others type', async () => {
    const page = await new UserAgent().goto(await app.loginUrl(op, { login_hint: '"><b>' }))
    assert.match(page.text, /Users to try.*alice/)
    assert.ok(!page.body.includes('<b>'))
    assert.equal(page.form().fields.username, '"><b>')
  })

  it('keeps several login pages of one browser apart', async () => {
    const agent = new UserAgent()
    const first = await agent.goto(await app.loginUrl(op, { state: 'one' }))
    const second = await agent.goto(await other.loginUrl(op, { state: 'two' }))
    const two = await agent.submit(second, { username: 'alice', password: 'alice' })
    const one = await agent.submit(first, { username: 'alice', password: 'alice' })
    assert.deepEqual(
      [one, two].map(page => new URL(page.url).searchParams.get('state')),
      ['one', 'two'],
    )
  })

  it('says login_required to prompt=none without a session, and lets in with one', async () => {
    const agent = new UserAgent()
    const url = await app.loginUrl(op, { prompt: 'none' })
    const refused = new URL((await agent.goto(url)).url).searchParams
    assert.deepEqual([refused.get('error'), refused.get('iss')], ['login_required', op.issuer])
    await app.login(op, agent)
    assert.ok(new URL((await agent.goto(url)).url).searchParams.has('code'))
  })

  it('shows the login page again for prompt=login and max_age=0', async () => {
    const agent = new UserAgent()
    await app.login(op, agent)
    for (const extra of [{ prompt: 'login' }, { max_age: '0' }]) {
      const page = await agent.goto(await app.loginUrl(op, extra))
      assert.equal(page.form().id, 'kc-form-login')
      const back = await agent.submit(page, { username: 'alice', password: 'alice' })
      assert.ok(new URL(back.url).searchParams.has('code'), back.text)
    }
  })

  it('grants acr gold after another login, once', async () => {
    const agent = new UserAgent()
    await app.login(op, agent)
    const page = await agent.goto(await app.loginUrl(op, { acr_values: 'gold' }))
    assert.equal(page.form().id, 'kc-form-login')
    const tokens = await app.login(op, agent, { acr_values: 'gold' })
    assert.equal(decodeJwt(tokens.id_token).acr, 'gold')
    const again = await agent.goto(await app.loginUrl(op, { acr_values: 'gold' }))
    assert.ok(new URL(again.url).searchParams.has('code'))
  })

  it('registers a new user for prompt=create', async () => {
    const agent = new UserAgent()
    const page = await agent.goto(await app.loginUrl(op, { prompt: 'create' }))
    assert.equal(page.form().id, 'kc-register-form')
    const taken = await agent.submit(page, { username: 'alice', password: 'x' })
    assert.match(taken.text, /taken/)
    const back = await agent.submit(taken, { username: 'zoe', password: 'x' })
    assert.ok(new URL(back.url).searchParams.has('code'))
  })

  it('asks for consent when told to', async () => {
    const agent = new UserAgent()
    await app.login(op, agent)
    const page = await agent.goto(await app.loginUrl(op, { prompt: 'consent' }))
    const back = await agent.submit(page)
    assert.ok(new URL(back.url).searchParams.has('code'), back.text)
  })

  it('posts the response as a form when asked to', async () => {
    const agent = new UserAgent()
    const tokens = await app.login(op, agent, { response_mode: 'form_post' })
    assert.equal(decodeJwt(tokens.id_token).aud, 'app')
  })

  it('answers userinfo for a JWT access token, and 401 for anything else', async () => {
    const { access_token, id_token } = await app.login(op, new UserAgent())
    const { userinfo_endpoint = '' } = await metadata(op)
    const ask = (token: string) => fetch(userinfo_endpoint, { headers: { authorization: `Bearer ${token}` } })
    const answer = (await (await ask(access_token)).json()) as { sub: string; preferred_username: string }
    assert.deepEqual([answer.sub, answer.preferred_username], [decodeJwt(id_token).sub, 'alice'])
    assert.equal((await ask('nonsense')).status, 401)
    assert.equal((await ask(`${access_token}x`)).status, 401)
  })

  it('has service accounts', async () => {
    const response = await app.token(op, { grant_type: 'client_credentials' })
    const body = (await response.json()) as Record<string, unknown>
    const claims = decodeJwt(String(body.access_token))
    assert.deepEqual([claims.azp, claims.preferred_username], ['app', 'service-account-app'])
    assert.deepEqual([body.refresh_token, body.refresh_expires_in], [undefined, 0])
  })

  it('verifies against its published keys, before and after a rotation', async () => {
    const first = await app.login(op, new UserAgent())
    await op.rotateKeys()
    const second = await app.login(op, new UserAgent())
    const { jwks_uri = '' } = await metadata(op)
    const keys = createRemoteJWKSet(new URL(jwks_uri))
    const kids = []
    for (const { id_token } of [first, second]) {
      kids.push((await jwtVerify(id_token, keys, { issuer: op.issuer })).protectedHeader.kid)
    }
    assert.notEqual(kids[0], kids[1])
  })
})
