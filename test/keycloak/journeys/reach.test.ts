import assert from 'node:assert/strict'
import { memoryStore, type Store } from '../../../src/index.js'
import { startApp, type TestApp, type TestAppOptions } from '../../support/app/app.js'
import { useEvents } from '../../support/app/events.js'
import { attachSockets, openedSocket, openSocket } from '../../support/app/sockets.js'
import type { UserAgent } from '../../support/browser/user-agent.js'
import { until } from '../../support/until.js'
import {
  admin,
  isLoggedIn,
  keycloak,
  loggedIn,
  logOut,
  newUser,
  type RealmAppOptions,
  realmApp,
  since,
} from '../support/shared.js'

const LIVE_CHECK = 1

interface Tokens {
  sub: string
  sid: string
  access: string
  refresh: string
}

/** Two applications that share nothing but the store, as two processes do; Keycloak knows the address of the first. */
describe('What a logout reaches', () => {
  let store: Store
  let app: TestApp
  let elsewhere: TestApp
  const failures = useEvents('revocation.failed')

  const pages: NonNullable<TestAppOptions['extend']> = (_, router, keycloak) => {
    router.get('/tokens', keycloak.requireLogin(), ctx => {
      const { token, sid } = ctx.state.keycloak
      ctx.body = { sub: token.sub, sid, access: token.accessToken, refresh: token.refreshToken }
    })
    router.get('/api', keycloak.bearer({ revocable: true }), ctx => {
      ctx.body = 'ok'
    })
  }

  async function start(options: RealmAppOptions = {}): Promise<void> {
    const own = { store, liveCheck: LIVE_CHECK, extend: pages, attach: attachSockets, ...options }
    app = await realmApp(own)
    const { configuration, legacy } = app.keycloak.provider.settings
    const { clientChanges: _, realm: __, clientId: ___, ...rest } = own
    const provider = { discoveryUrl: String(configuration), addClient: async () => {} }
    elsewhere = await startApp(provider, { ...rest, clientId: 'koa-app', clientSecret: 's3cret', legacy })
  }

  beforeEach(() => {
    store = memoryStore()
  })
  afterEach(async () => {
    await elsewhere?.close()
    await app?.close()
  })

  const tokensOf = async (agent: UserAgent) => (await agent.goto(`${app.url}/tokens`)).json<Tokens>()
  const atApi = async ({ access }: Tokens) =>
    (await fetch(`${elsewhere.url}/api`, { headers: { authorization: `Bearer ${access}` } })).status

  /** What Keycloak answers to a renewal with this refresh token. */
  async function renewal({ refresh }: Tokens): Promise<string> {
    const body = new URLSearchParams({ grant_type: 'refresh_token', refresh_token: refresh })
    const authorization = `Basic ${Buffer.from('koa-app:s3cret').toString('base64')}`
    const token = `${keycloak().realmUrl('demo')}/protocol/openid-connect/token`
    const answer = await fetch(token, { method: 'POST', body, headers: { authorization } })
    return answer.ok ? 'ok' : ((await answer.json()) as { error: string }).error
  }

  it('an access token, at an API elsewhere, within the logout request', async function () {
    since(this, 24) // older ones have not been tried
    await start()
    const user = await newUser()
    const [ended, other] = [
      await tokensOf(await loggedIn(app, user)),
      await tokensOf(await loggedIn(app, user)),
    ]
    assert.deepEqual([await atApi(ended), await atApi(other)], [200, 200])
    await admin().deleteSession(ended.sid)
    assert.deepEqual([await atApi(ended), await atApi(other)], [401, 200])
  })

  it('a lightweight access token, which names the session and no user', async function () {
    since(this, 24)
    const attributes = { 'client.use.lightweight.access.token.enabled': 'true' }
    await start({ clientChanges: { attributes } })
    try {
      const tokens = await tokensOf(await loggedIn(app, await newUser()))
      assert.equal(await atApi(tokens), 200)
      await admin().deleteSession(tokens.sid)
      assert.equal(await atApi(tokens), 401)
    } finally {
      await admin().updateClient('koa-app', {
        attributes: { 'client.use.lightweight.access.token.enabled': 'false' },
      })
    }
  })

  it('a WebSocket, here at once and elsewhere soon', async function () {
    since(this, 24) // older ones have not been tried
    await start()
    const agent = await loggedIn(app, await newUser())
    const [here, there] = [await openedSocket(app.url, agent), await openedSocket(elsewhere.url, agent)]
    const { sid } = await tokensOf(agent)
    await admin().deleteSession(sid)
    await until(() => here.code === 1008, { seconds: LIVE_CHECK / 2 })
    await until(() => there.code === 1008, { seconds: LIVE_CHECK * 2 })
    assert.ok('status' in (await openSocket(elsewhere.url, agent)))
  })

  it('an offline session, which Keycloak’s own logout leaves alive', async () => {
    await start({ scopes: ['openid', 'offline_access'] })
    const user = await newUser({ realmRoles: ['offline_access'] })
    const agent = await loggedIn(app, user)
    const tokens = await tokensOf(agent)
    assert.equal((await admin().offlineSessions(user, 'koa-app')).length, 1)
    assert.equal((await logOut(agent, app)).url, `${app.url}/bye`)
    assert.deepEqual(await admin().offlineSessions(user, 'koa-app'), [])
    assert.equal(await renewal(tokens), 'invalid_grant')
    assert.deepEqual(failures, [])
  })

  it('the other applications of the browser, also where the offline session shares theirs', async function () {
    since(this, 24) // older ones have not been tried
    const second = await realmApp({ clientId: 'koa-app-two', session: { key: 'second' } })
    try {
      await start({ scopes: ['openid', 'offline_access'] })
      const user = await newUser({ realmRoles: ['offline_access'] })
      const agent = await loggedIn(second, user)
      await agent.goto(`${app.url}/private`)
      assert.equal(await isLoggedIn(agent, app), true)
      assert.equal((await logOut(agent, app)).url, `${app.url}/bye`)
      assert.deepEqual(await admin().offlineSessions(user, 'koa-app'), [])
      assert.deepEqual(await admin().sessions(user), [])
      assert.equal(await isLoggedIn(agent, second), false)
    } finally {
      await second.close()
    }
  })

  it('another login’s session at Keycloak, by endLogins() with revoke, and without it not', async function () {
    since(this, 26) // not so on 24
    await start()
    const user = await newUser()
    const [desk, phone] = [await loggedIn(app, user), await loggedIn(app, user)]
    const [deskTokens, phoneTokens] = [await tokensOf(desk), await tokensOf(phone)]
    await app.keycloak.endLogins({ sid: deskTokens.sid })
    assert.equal((await admin().sessions(user)).length, 2)
    await app.keycloak.endLogins({ sid: phoneTokens.sid, revoke: true })
    assert.deepEqual(
      (await admin().sessions(user)).map(({ id }) => id),
      [deskTokens.sid],
    )
    assert.equal(await renewal(phoneTokens), 'invalid_grant')
    assert.equal(await renewal(deskTokens), 'ok')
    assert.deepEqual(failures, [])
  })

  it('an application in a frame of Keycloak’s page, where front-channel logout is on', async function () {
    since(this, 24) // older ones have not been tried
    const second = await realmApp({ clientId: 'koa-app-two', session: { key: 'second' } })
    try {
      await start({ routes: { frontchannelLogout: '/frontchannel_logout' } })
      const url = `${app.url}/openid/frontchannel_logout`
      await admin().updateClient('koa-app', {
        frontchannelLogout: true,
        attributes: { 'frontchannel.logout.url': url, 'frontchannel.logout.session.required': 'true' },
      })
      const agent = await loggedIn(app, await newUser())
      await agent.goto(`${second.url}/private`)
      const page = await logOut(agent, second)
      const frame = /<iframe[^>]*src="([^"]+)"/.exec(page.body)?.[1]?.replaceAll('&amp;', '&') ?? ''
      assert.ok(frame.startsWith(url), page.body)
      assert.equal(await isLoggedIn(agent, app), true)
      assert.equal((await fetch(frame)).status, 200)
      assert.equal(await isLoggedIn(agent, app), false)
    } finally {
      await admin().updateClient('koa-app', { frontchannelLogout: false })
      await second.close()
    }
  })
})
