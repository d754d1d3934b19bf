import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'
import { createKeycloak } from '../../../src/index.js'
import type { TestApp } from '../../support/app/app.js'
import { type FakeClock, fakeClock } from '../../support/clock.js'
import {
  admin,
  isLoggedIn,
  keycloak,
  loggedIn,
  logIn,
  logOut,
  newRealm,
  newUser,
  realmApp,
  since,
} from '../support/shared.js'

/** Seconds after which the demo realm's access tokens are as good as expired. */
const NEARLY_EXPIRED = 55

describe('While logged in', () => {
  let app: TestApp
  let clock: FakeClock
  let refreshes: number
  beforeEach(async () => {
    refreshes = 0
    clock = fakeClock()
    app = await realmApp({
      now: clock.now,
      fetch: (url, init) => {
        if (String(init.body).includes('grant_type=refresh_token')) refreshes += 1
        return fetch(url, init)
      },
      extend: (_, router, kc) => {
        router.get('/editor', kc.requireRole({ client: 'koa-app', role: 'editor' }), ctx => {
          ctx.body = 'editor'
        })
        router.get('/user-info', kc.requireLogin(), async ctx => {
          ctx.body = await kc.userInfo(ctx)
        })
        router.get('/api', kc.bearer(), ctx => {
          ctx.body = ctx.state.keycloak.bearer.preferred_username
        })
        router.get('/new-token', kc.requireLogin(), async ctx => {
          await kc.accessToken(ctx, { force: true })
          ctx.body = ''
        })
        router.get('/call', kc.requireLogin(), async ctx => {
          const authorization = `Bearer ${await kc.accessToken(ctx)}`
          ctx.body = await (await fetch(`${app.url}/api`, { headers: { authorization } })).text()
        })
      },
    })
  })
  afterEach(() => app.close())

  it('renews once for fifty requests at the moment of expiry, and logs nobody out', async () => {
    const agent = await loggedIn(app, await newUser())
    clock.advance(NEARLY_EXPIRED)
    const pages = await Promise.all(Array.from({ length: 50 }, () => agent.goto(`${app.url}/private`)))
    assert.deepEqual(new Set(pages.map(({ status }) => status)), new Set([200]))
    assert.equal(refreshes, 1)
    assert.equal(await isLoggedIn(agent, app), true)
    assert.deepEqual(app.errors, [])
  })

  it('goes on when the realm changes its signing key', async () => {
    const agent = await loggedIn(app, await newUser())
    await admin().rotateKeys()
    clock.advance(NEARLY_EXPIRED)
    assert.equal((await agent.goto(`${app.url}/call`)).status, 200)
    assert.equal(refreshes, 1)
    assert.equal((await loggedIn(app, await newUser())) !== undefined, true)
    assert.deepEqual(app.errors, [])
  })

  it('has the roles of realm and client, and refuses who lacks them without a loop', async () => {
    const alice = await loggedIn(app, 'alice')
    assert.equal((await alice.goto(`${app.url}/admin`)).body, 'admin')
    assert.equal((await alice.goto(`${app.url}/editor`)).body, 'editor')
    const bob = await loggedIn(app, 'bob')
    assert.equal((await bob.goto(`${app.url}/admin`)).status, 403)
    assert.equal((await bob.goto(`${app.url}/editor`)).status, 403)
  })

  it('stays while active, where the session is idle after a minute and access tokens live for five', async function () {
    since(this, 24) // older ones have not been tried
    this.timeout(240_000) // Keycloak counts the minute by its own clock
    const realm = await newRealm('patient')
    await admin('patient').updateRealm({ ssoSessionIdleTimeout: 60, accessTokenLifespan: 300 })
    const patient = await realmApp({ realm: 'patient' })
    try {
      const active = await loggedIn(patient, 'alice')
      const idle = await loggedIn(patient, 'bob')
      for (let n = 0; n < 12; n++) {
        await delay(8000)
        assert.equal(await isLoggedIn(active, patient), true, `out after ${(n + 1) * 8} seconds`)
      }
      assert.equal(await isLoggedIn(idle, patient), false, 'and who did nothing is out')
      assert.deepEqual(patient.errors, [])
    } finally {
      await patient.close()
      await realm.remove()
    }
  })

  it('has a role that was granted since when it asks for new tokens', async () => {
    const user = await newUser()
    const agent = await loggedIn(app, user)
    assert.equal((await agent.goto(`${app.url}/admin`)).status, 403)
    await admin().grantRole(user, 'admin')
    assert.equal((await agent.goto(`${app.url}/admin`)).status, 403)
    assert.equal((await agent.goto(`${app.url}/new-token`)).status, 200)
    assert.equal((await agent.goto(`${app.url}/admin`)).body, 'admin')
    assert.equal(refreshes, 1)
  })

  it('asks userinfo, and calls an API with the access token', async () => {
    const user = await newUser()
    const agent = await loggedIn(app, user)
    assert.equal((await agent.goto(`${app.url}/user-info`)).json().preferred_username, user)
    assert.equal((await agent.goto(`${app.url}/call`)).body, user)
  })

  it('has a token of its own as a service account', async () => {
    const token = await app.keycloak.clientToken()
    const claims = await app.keycloak.verifyToken(token.accessToken)
    assert.equal(claims.azp, 'koa-app')
    assert.equal((await app.keycloak.clientToken()).accessToken, token.accessToken)
  })

  it('stays logged in with offline access, whose tokens have no end', async () => {
    const patient = await realmApp({ now: clock.now, scopes: ['openid', 'offline_access'] })
    try {
      const agent = await loggedIn(patient, await newUser({ realmRoles: ['offline_access'] }))
      clock.advance(NEARLY_EXPIRED)
      assert.equal(await isLoggedIn(agent, patient), true)
      assert.deepEqual(patient.errors, [])
    } finally {
      await patient.close()
    }
  })

  it('notices when the administrator ends offline access', async function () {
    since(this, 16) // 10 has no call for that
    const patient = await realmApp({ now: clock.now, scopes: ['openid', 'offline_access'] })
    try {
      const user = await newUser({ realmRoles: ['offline_access'] })
      const agent = await loggedIn(patient, user)
      const [session] = await admin().offlineSessions(user, 'koa-app')
      await admin().deleteSession(session?.id ?? '', { offline: true })
      clock.advance(NEARLY_EXPIRED)
      assert.equal(await isLoggedIn(agent, patient), false)
      assert.deepEqual(patient.errors, [])
    } finally {
      await patient.close()
    }
  })

  it('keeps users at work while Keycloak hangs, is gone and comes back', async function () {
    this.timeout(180_000)
    if (keycloak().logFile === undefined) this.skip() // one that was not started here is not ours to stop
    const agent = await loggedIn(app, await newUser())
    clock.advance(NEARLY_EXPIRED)
    keycloak().pause()
    assert.equal((await agent.goto(`${app.url}/private`)).status, 200)
    keycloak().resume()
    await keycloak().kill()
    clock.advance(6) // past the pause after a failure
    assert.equal((await agent.goto(`${app.url}/private`)).status, 200)
    assert.ok(app.errors.every(error => 'code' in error && error.code === 'provider_unavailable'))
    await keycloak().restart()
    clock.advance(6)
    assert.equal((await agent.goto(`${app.url}/`)).status, 200)
    clock.advance(Date.now() / 1000 - clock.now()) // a restart may take longer than clocks may differ
    assert.ok(await loggedIn(app, 'alice'))
  })

  it('keeps two realms of one application apart', async function () {
    since(this, 12)
    const other = await newRealm('second')
    const double = await realmApp({
      extend: (koa, router, first) => {
        const second = createKeycloak({
          name: 'second',
          prefix: '/second',
          configuration: other.url,
          clientId: 'koa-app',
          clientSecret: 's3cret',
          legacy: first.provider.settings.legacy,
        })
        koa.use(second.routes())
        router.get('/both', ctx => {
          ctx.body = { keycloak: ctx.state.keycloak.loggedIn, second: ctx.state.second.loggedIn }
        })
      },
    })
    try {
      await admin('second').updateClient('koa-app', {
        redirectUris: [`${double.url}/second/auth`],
        attributes: {
          'post.logout.redirect.uris': `${double.url}/*`,
          'backchannel.logout.url': `${double.url}/second/logout_request`,
        },
      })
      const agent = await loggedIn(double, 'alice')
      await logIn(agent, `${double.url}/second/login`, 'alice')
      assert.deepEqual((await agent.goto(`${double.url}/both`)).json(), { keycloak: true, second: true })
      await logOut(agent, double)
      assert.deepEqual((await agent.goto(`${double.url}/both`)).json(), { keycloak: false, second: true })
      await admin('second').logoutUser('alice')
      assert.deepEqual((await agent.goto(`${double.url}/both`)).json(), { keycloak: false, second: false })
    } finally {
      await double.close()
      await other.remove()
    }
  })
})
