import assert from 'node:assert/strict'
import { deferred } from '../../../example/support/deferred.js'
import { startApp, type TestApp } from '../../support/app/app.js'
import { useEvents } from '../../support/app/events.js'
import { requestLogout, useForgedAppEach } from '../../support/app/forged-app.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import { watchedStore } from '../../support/redis/watched-store.js'
import { until } from '../../support/until.js'

/** Two processes of one application on one store; what serves the API is not what serves the logout. */
describe('An API behind bearer({ revocable: true })', () => {
  const clock = fakeClock(Math.ceil(Date.now() / 1000))
  const store = watchedStore({ now: clock.now })
  const app = useForgedAppEach(
    () => ({
      store,
      now: clock.now,
      extend: (_, router, keycloak) => {
        router.get('/token', async ctx => {
          ctx.body = await keycloak.accessToken(ctx)
        })
      },
    }),
    { now: clock.now },
  )
  let api: TestApp
  const events = useEvents('bearer.refused')

  beforeEach(async () => {
    const provider = { discoveryUrl: app.forger.discoveryUrl, addClient: async () => {} }
    api = await startApp(provider, {
      store,
      now: clock.now,
      extend: (_, router, keycloak) => {
        router.get('/api', keycloak.bearer({ revocable: true }), ctx => {
          ctx.body = 'ok'
        })
        router.get('/plain', keycloak.bearer(), ctx => {
          ctx.body = 'ok'
        })
      },
    })
    clock.advance(5)
  })
  afterEach(() => api.close())

  async function loggedIn(): Promise<{ agent: UserAgent; token: string }> {
    const agent = new UserAgent()
    await agent.goto(`${app.url}/private`)
    return { agent, token: (await agent.goto(`${app.url}/token`)).body }
  }
  const ask = (token: string, path = '/api') =>
    fetch(api.url + path, { headers: { authorization: `Bearer ${token}` } })
  const status = async (token: string, path?: string) => (await ask(token, path)).status

  it('lets a token in while its login lives, and refuses it when a logout request was answered', async () => {
    const { token } = await loggedIn()
    assert.equal(await status(token), 200)
    await requestLogout(app)
    const refused = await ask(token)
    assert.deepEqual(
      [refused.status, refused.headers.get('www-authenticate')],
      [401, 'Bearer error="invalid_token"'],
    )
    assert.equal(await status(token, '/plain'), 200)
    assert.deepEqual(
      events.map(([, { code, reason }]) => [code, reason]),
      [['token_invalid', 'logged_out']],
    )
  })

  it('refuses the tokens of a session that the application ends, of a user, and of one login', async () => {
    for (const ended of ['sid', 'sub', 'id'] as const) {
      const { token } = await loggedIn()
      const { sub, sid = '' } = app.forger.logins.at(-1) ?? { sub: '' }
      const [{ id } = { id: '' }] = (await app.keycloak.logins({ sub })).filter(login => login.sid === sid)
      assert.equal(await status(token), 200, ended)
      await app.keycloak.endLogins(ended === 'sid' ? { sid } : ended === 'sub' ? { sub } : { id })
      assert.equal(await status(token), 401, ended)
      clock.advance(5)
    }
  })

  it('refuses the token of a user who has logged out here, and no one else’s', async () => {
    const alice = await loggedIn()
    app.forger.knobs.sub = 'user-2'
    const bob = await loggedIn()
    await alice.agent.goto(`${app.url}/openid/logout`, { from: app.url, redirects: 0 })
    assert.deepEqual([await status(alice.token), await status(bob.token)], [401, 200])
  })

  it('refuses a token that was renewed after the logout request was written', async () => {
    const { agent, token } = await loggedIn()
    const iat = Math.floor(clock.now())
    clock.advance(295)
    const renewed = (await agent.goto(`${app.url}/token`)).body
    assert.notEqual(renewed, token)
    await requestLogout(app, { iat, sid: undefined, exp: iat + 600 })
    assert.equal(await status(renewed), 401)
  })

  it('lets the token of a user in who logs in again after a logout', async () => {
    await loggedIn()
    const { sub } = app.forger.knobs
    await requestLogout(app, { sid: undefined })
    clock.advance(1)
    const { token } = await loggedIn()
    assert.equal(await status(token), 200)
    await app.keycloak.endLogins({ sub })
    clock.advance(1)
    assert.equal(await status((await loggedIn()).token), 200)
  })

  it('lets the token of a browser in that has logged in anew in the same session', async () => {
    app.forger.knobs.sid = 'the-same'
    const { agent, token } = await loggedIn()
    await agent.goto(`${app.url}/openid/login`)
    const again = (await agent.goto(`${app.url}/token`)).body
    assert.notEqual(again, token)
    assert.equal(await status(again), 200)
  })

  it('refuses by the user a token that names no session, and by the session one that names no user', async () => {
    const iat = Math.floor(clock.now())
    const claims = { iss: app.forger.issuer, azp: 'app', typ: 'Bearer', iat, exp: iat + 300 }
    const ofUser = await app.forger.sign({ ...claims, sub: 'user-1' })
    const ofSession = await app.forger.sign({ ...claims, sid: 'session-1' })
    const ofNobody = await app.forger.sign(claims)
    assert.deepEqual([await status(ofUser), await status(ofSession), await status(ofNobody)], [200, 200, 401])
    await requestLogout(app, { sub: 'user-1', sid: 'session-1' })
    assert.deepEqual([await status(ofUser), await status(ofSession)], [401, 401])
    assert.deepEqual(
      events.map(([, { reason }]) => reason),
      ['not_revocable', 'logged_out', 'logged_out'],
    )
  })

  it('remembers a logout for as long as the access tokens live that it has seen', async () => {
    app.forger.knobs.token = { expires_in: 7200 }
    app.forger.knobs.accessToken = { claims: { exp: Math.floor(clock.now()) + 7200 } }
    const { token } = await loggedIn()
    await requestLogout(app)
    clock.advance(7000)
    assert.equal(await status(token), 401)
  })

  it('refuses a token that is older than logouts were remembered when it was issued', async () => {
    const iat = Math.floor(clock.now())
    const claims = { iss: app.forger.issuer, azp: 'app', typ: 'Bearer', sub: 'user-1', sid: 's' }
    const first = await app.forger.sign({ ...claims, iat, exp: iat + 20_000 })
    clock.advance(3700)
    assert.equal(await status(first), 401)
    clock.advance(11) // more than the clocks may differ
    const second = await app.forger.sign({ ...claims, iat: iat + 3711, exp: iat + 20_000 })
    clock.advance(3700)
    assert.equal(await status(second), 200)
  })

  it('reads twice at once, and without the option not at all', async () => {
    const { token } = await loggedIn()
    store.calls.length = 0
    await status(token, '/plain')
    assert.deepEqual(store.calls, [])
    const hold = deferred()
    store.before = () => hold.promise
    const asked = status(token)
    await until(() => store.calls.length === 2)
    store.before = () => undefined
    hold.resolve()
    assert.equal(await asked, 200)
    assert.deepEqual(store.calls, ['members', 'members'])
  })

  it('answers 503 while the store is away, and lets nobody in', async () => {
    const { token } = await loggedIn()
    store.broken = true
    try {
      const answer = await ask(token)
      assert.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
      assert.equal(await status(token, '/plain'), 200)
    } finally {
      store.broken = false
    }
  })
})
