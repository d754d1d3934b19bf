import assert from 'node:assert/strict'
import { decodeJwt, decodeProtectedHeader } from 'jose'
import { type StandIn, startStandIn } from '../../../example/stand-in/stand-in.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { metadata, RelyingParty } from './relying-party.js'

const alice = { username: 'alice', password: 'alice' }

describe('the stand-in Keycloak: renewal and logout', () => {
  let app: RelyingParty
  let other: RelyingParty
  let op: StandIn

  beforeEach(async () => {
    app = await new RelyingParty('app').start()
    other = await new RelyingParty('other').start()
    op = await startStandIn({ clients: [app.client, other.client], users: [alice] })
  })

  afterEach(async () => {
    await op.close()
    await Promise.all([app.close(), other.close()])
  })

  const logoutUrl = async (query: Record<string, string>) => {
    const { end_session_endpoint } = await metadata(op)
    return `${end_session_endpoint}?${new URLSearchParams(query)}`
  }

  it('renews with a new refresh token and an ID token without nonce', async () => {
    const tokens = await app.login(op, new UserAgent())
    const response = await app.refresh(op, tokens.refresh_token)
    const renewed = (await response.json()) as typeof tokens
    assert.equal(response.status, 200)
    assert.notEqual(renewed.refresh_token, tokens.refresh_token)
    const [before, after] = [decodeJwt(tokens.id_token), decodeJwt(renewed.id_token)]
    assert.deepEqual([after.sub, after.sid, after.nonce], [before.sub, before.sid, undefined])
    assert.equal(after.auth_time, before.auth_time)
    assert.equal(op.counts.refresh, 1)
    assert.equal(op.counts.token, 1)
  })

  it('takes a refresh token once: its reuse ends the whole family', async () => {
    const { refresh_token } = await app.login(op, new UserAgent())
    const { refresh_token: next } = (await (await app.refresh(op, refresh_token)).json()) as {
      refresh_token: string
    }
    assert.equal((await app.refresh(op, refresh_token)).status, 400)
    const response = await app.refresh(op, next)
    assert.equal(((await response.json()) as { error: string }).error, 'invalid_grant')
  })

  it('logs out without a question when the hint is good, and tells every client first', async () => {
    const agent = new UserAgent()
    const tokens = await app.login(op, agent)
    await other.login(op, agent)
    const page = await agent.goto(
      await logoutUrl({
        id_token_hint: tokens.id_token,
        client_id: 'app',
        post_logout_redirect_uri: `${app.url}/bye`,
        state: 'gone',
      }),
    )
    assert.equal(page.url, `${app.url}/bye?state=gone`)
    assert.equal(page.hops.length, 2)
    const { sid, sub } = decodeJwt(tokens.id_token)
    for (const { logoutTokens, clientId } of [app, other]) {
      assert.equal(logoutTokens.length, 1)
      const claims = decodeJwt(logoutTokens[0] ?? '')
      assert.deepEqual([claims.sid, claims.sub, claims.aud, claims.typ], [sid, sub, clientId, 'Logout'])
      assert.equal(decodeProtectedHeader(logoutTokens[0] ?? '').typ, 'logout+jwt')
    }
    assert.equal((await app.refresh(op, tokens.refresh_token)).status, 400)
    assert.equal((await agent.goto(await app.loginUrl(op))).form().id, 'kc-form-login')
  })

  it('asks before it logs out whoever has no hint', async () => {
    const agent = new UserAgent()
    await app.login(op, agent)
    const url = await logoutUrl({ client_id: 'app', post_logout_redirect_uri: `${app.url}/bye` })
    const question = await agent.goto(url)
    assert.match(question.text, /Do you want to log out\?/)
    assert.equal(app.logoutTokens.length, 0)
    const page = await agent.submit(question, {}, { button: 'logout' })
    assert.equal(page.url, `${app.url}/bye`)
    assert.equal(app.logoutTokens.length, 1)
  })

  it('sends on at once whoever has no session', async () => {
    const url = await logoutUrl({ client_id: 'app', post_logout_redirect_uri: `${app.url}/bye` })
    const page = await new UserAgent().goto(url)
    assert.equal(page.url, `${app.url}/bye`)
  })

  it('refuses an unregistered way back', async () => {
    const url = await logoutUrl({ client_id: 'app', post_logout_redirect_uri: 'https://evil.example/' })
    assert.equal((await new UserAgent().goto(url)).status, 400)
  })

  it('leaves the sid out of logout tokens of a client that does not require it', async () => {
    await op.addClient({ ...app.client, sessionRequired: false })
    const tokens = await app.login(op, new UserAgent())
    assert.ok(decodeJwt(tokens.id_token).sid)
    await op.logoutUser('alice')
    const claims = decodeJwt(app.logoutTokens[0] ?? '')
    assert.deepEqual([claims.sid, claims.sub], [undefined, decodeJwt(tokens.id_token).sub])
  })

  it('logs a user out of all sessions as an administrator, whatever the clients answer', async () => {
    const seen: string[] = []
    op.events.on('loginSuccess', ({ username }) => seen.push(`login ${username}`))
    op.events.on('backchannelSuccess', ({ clientId }) => seen.push(`told ${clientId}`))
    op.events.on('backchannelError', ({ clientId }) => seen.push(`not told ${clientId}`))
    const [one, two] = [new UserAgent(), new UserAgent()]
    const first = await app.login(op, one)
    await other.login(op, two)
    app.logoutStatus = 400
    await op.logoutUser('alice')
    assert.deepEqual(seen.sort(), ['login alice', 'login alice', 'not told app', 'told other'])
    assert.equal((await app.refresh(op, first.refresh_token)).status, 400)
    assert.equal((await one.goto(await app.loginUrl(op))).form().id, 'kc-form-login')
  })

  it('ends one session by its sid, or lets all of a user time out in silence', async () => {
    const first = await app.login(op, new UserAgent())
    const second = await app.login(op, new UserAgent())
    await op.logoutSession(String(decodeJwt(first.id_token).sid))
    assert.equal(app.logoutTokens.length, 1)
    const renewed = await app.refresh(op, second.refresh_token)
    assert.equal(renewed.status, 200)
    await op.expireSessions('alice')
    const { refresh_token } = (await renewed.json()) as { refresh_token: string }
    assert.equal((await app.refresh(op, refresh_token)).status, 400)
    assert.equal(app.logoutTokens.length, 1)
  })

  it('lets offline tokens outlive the session', async () => {
    const agent = new UserAgent()
    const tokens = await app.login(op, agent, { scope: 'openid offline_access' })
    assert.equal(tokens.scope, 'openid offline_access email profile')
    assert.equal(tokens.refresh_expires_in, 0)
    assert.equal(decodeJwt(tokens.refresh_token ?? '').typ, 'Offline')
    await op.logoutUser('alice')
    assert.equal((await app.refresh(op, tokens.refresh_token)).status, 200)
  })

  it('hangs, fails and recovers as told', async () => {
    const { token_endpoint = '' } = await metadata(op)
    const status = async (url: string) => (await fetch(url)).status
    op.fail('error')
    assert.equal(await status(op.discoveryUrl), 500)
    op.fail('html', ['discovery'])
    assert.match(await (await fetch(op.discoveryUrl)).text(), /<!doctype html>/)
    op.fail('drop', ['discovery'])
    await assert.rejects(fetch(op.discoveryUrl))
    op.fail('invalid_grant', ['refresh'])
    assert.equal((await fetch(token_endpoint, { method: 'POST' })).status, 500)
    op.fail(undefined)
    op.hang(true, ['discovery'])
    const pending = fetch(op.discoveryUrl)
    await assert.rejects(fetch(op.discoveryUrl, { signal: AbortSignal.timeout(50) }))
    op.hang(false)
    assert.equal((await pending).status, 200)
  })

  it('closes while requests hang', async () => {
    op.hang(true)
    const pending = assert.rejects(fetch(op.discoveryUrl))
    while (op.counts.discovery === 0) await new Promise(setImmediate)
    await op.close()
    await pending
    op = await startStandIn({ clients: [], users: [] })
  })
})

describe('the stand-in as an ordinary provider', () => {
  it('has nothing that only Keycloak has', async () => {
    const app = await new RelyingParty('app').start()
    const op = await startStandIn({ clients: [app.client], users: [alice], plain: true })
    try {
      const found = await metadata(op)
      assert.equal(op.issuer, `http://localhost:${op.port}`)
      assert.equal(found.end_session_endpoint, undefined)
      const tokens = await app.login(op, new UserAgent())
      assert.deepEqual(Object.keys(tokens).sort(), [
        'access_token',
        'expires_in',
        'id_token',
        'scope',
        'token_type',
      ])
      assert.equal(tokens.access_token.split('.').length, 1)
      const { sid, typ, azp, nonce } = decodeJwt(tokens.id_token)
      assert.deepEqual([sid, typ, azp, nonce], [undefined, undefined, undefined, 'the-nonce'])
    } finally {
      await op.close()
      await app.close()
    }
  })

  it('can have a sid for each client', async () => {
    const [app, other] = [await new RelyingParty('app').start(), await new RelyingParty('other').start()]
    const op = await startStandIn({
      clients: [app.client, other.client],
      users: [alice],
      sidPerSession: false,
    })
    try {
      const agent = new UserAgent()
      const sids = [await app.login(op, agent), await other.login(op, agent)].map(
        ({ id_token }) => decodeJwt(id_token).sid,
      )
      assert.notEqual(sids[0], sids[1])
    } finally {
      await op.close()
      await Promise.all([app.close(), other.close()])
    }
  })
})
