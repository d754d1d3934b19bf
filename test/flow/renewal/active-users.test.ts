import assert from 'node:assert/strict'
import type { TestAppOptions } from '../../support/app/app.js'
import { type ForgedApp, requestLogout, startForgedApp } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import type { Overrides } from '../../support/forger/knobs.js'

/** A page that shows the login's access token, and one that asks for a new one. */
const tokenPages: NonNullable<TestAppOptions['extend']> = (_app, router, keycloak) => {
  router.get('/token', async ctx => {
    ctx.body = { token: await keycloak.accessToken(ctx) }
  })
  router.get('/new-token', async ctx => {
    const token = await keycloak.accessToken(ctx, { force: true })
    ctx.body = { token, roles: ctx.state.keycloak.token.realmRoles }
  })
}

describe('Whoever is active', function () {
  this.timeout(60_000) // many requests; the time between them is a clock's

  const clock = fakeClock()
  let app: ForgedApp
  let browser: UserAgent
  afterEach(() => app.close())

  async function logIn(token: Overrides, options: TestAppOptions = {}, accessTokenLifetime = 300) {
    app = await startForgedApp(
      { now: clock.now, extend: tokenPages, ...options },
      { now: clock.now, accessTokenLifetime },
    )
    app.forger.knobs.token = token
    browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    app.forger.counts.token = 0
  }

  /** Requests at an interval, in seconds; tells how many found the login there. */
  async function click(times: number, interval: number): Promise<number> {
    let found = 0
    for (let n = 0; n < times; n++) {
      clock.advance(interval)
      if ((await who(browser, app)).loggedIn) found++
    }
    return found
  }

  it('stays, with an access token that lives as long as the refresh token', async () => {
    await logIn({ expires_in: 1800, refresh_expires_in: 1800 })
    assert.equal(await click(90, 60), 90)
    assert.equal(app.forger.counts.token, 6, 'one renewal in half a life')
  })

  it('stays, where the SSO session is idle after a minute and access tokens live five', async () => {
    await logIn({ refresh_expires_in: 60 })
    assert.equal(await click(60, 5), 60)
    assert.equal(app.forger.counts.token, 10)
  })

  it('stays, with renew: lazy, which renews for that alone', async () => {
    await logIn({ refresh_expires_in: 1800 }, { renew: 'lazy' })
    assert.equal(await click(14, 60), 14)
    assert.equal(app.forger.counts.token, 0, 'the access token expired, and nobody wants it')
    assert.equal(await click(76, 60), 76)
    assert.equal(app.forger.counts.token, 6)
  })

  it('is out at the end of the SSO session, and has not been renewed again and again before', async () => {
    for (const renew of ['eager', 'lazy'] as const) {
      const ssoEnd = clock.now() + 3600
      await logIn({}, { renew }, 3600)
      let last = 0
      const shrinking = () => Math.min(1800, Math.floor(ssoEnd - clock.now()))
      for (let n = 0; n < 35; n++) {
        app.forger.knobs.token = { expires_in: 3600, refresh_expires_in: shrinking() }
        if ((await click(1, 120)) === 1) last = clock.now()
      }
      assert.ok(last > ssoEnd - 125, `out ${ssoEnd - last} seconds early`)
      assert.ok(app.forger.counts.token <= 5, `${app.forger.counts.token} requests`)
      await app.close()
    }
    await logIn({})
  })

  it('is not renewed at every request where expires_in is 0, and the token says how long it lives', async () => {
    await logIn({ expires_in: 0 })
    assert.equal(await click(50, 1), 50)
    assert.equal(app.forger.counts.token, 0)
    await click(1, 245)
    assert.equal(app.forger.counts.token, 1)
  })

  it('is not renewed at every request where expires_in is 0 and the token is opaque', async () => {
    await logIn({ expires_in: 0, access_token: 'opaque' })
    assert.equal(await click(50, 1), 50)
    assert.equal(app.forger.counts.token, 0)
  })

  it('gets no access token that expired, where there is no expires_in', async () => {
    await logIn({ expires_in: undefined, refresh_expires_in: undefined }, { renew: 'lazy' })
    clock.advance(1000)
    const { token } = (await browser.goto(`${app.url}/token`)).json<{ token: string }>()
    const { exp } = app.keycloak.decodeToken(token) ?? {}
    assert.ok(Number(exp) > clock.now())
    assert.equal(app.forger.counts.token, 1)
  })

  it('is renewed once when the clock is set back by an hour, and not for a difference of seconds', async () => {
    await logIn({})
    clock.advance(-30)
    await click(3, 0)
    assert.equal(app.forger.counts.token, 0)
    clock.advance(-3600)
    await click(3, 0)
    assert.equal(app.forger.counts.token, 1)
    clock.advance(3630)
  })

  it('gets new tokens by force, with a role that was granted since', async () => {
    await logIn({})
    const before = (await browser.goto(`${app.url}/token`)).json<{ token: string }>()
    app.forger.knobs.accessToken = { claims: { realm_access: { roles: ['user', 'admin'] } } }
    assert.equal((await browser.goto(`${app.url}/admin`)).status, 403)
    const after = (await browser.goto(`${app.url}/new-token`)).json<{ token: string; roles: string[] }>()
    assert.notEqual(after.token, before.token)
    assert.deepEqual(after.roles, ['user', 'admin'])
    assert.equal((await browser.goto(`${app.url}/admin`)).status, 200)
    assert.equal(app.forger.counts.token, 1)
  })

  it('gets no old token by force, while the provider is away or when there is no refresh token', async () => {
    await logIn({})
    app.forger.knobs.mischief = { token: 'error' }
    assert.equal((await browser.goto(`${app.url}/new-token`)).status, 503)
    assert.equal((await browser.goto(`${app.url}/token`)).status, 200)
    await app.close()
    await logIn({ refresh_token: undefined })
    assert.equal((await browser.goto(`${app.url}/new-token`)).status, 401)
    assert.equal((await browser.goto(`${app.url}/token`)).status, 200)
  })

  it('is found by a logout of the session that a renewed ID token names, and no more by the one before', async () => {
    await logIn({})
    const [{ sid: before } = { sid: '' }] = app.forger.logins
    app.forger.knobs.refresh.claims = { sid: 'another' }
    await click(1, 295)
    assert.deepEqual((await who(browser, app)).sid, 'another')
    await requestLogout(app, { sid: before, sub: undefined })
    assert.equal((await who(browser, app)).loggedIn, true)
    await requestLogout(app, { sid: 'another', sub: undefined })
    assert.equal((await who(browser, app)).loggedIn, false)
  })
})
