import assert from 'node:assert/strict'
import { doctor, type FindingCode } from '../../../src/doctor/index.js'
import { createKeycloak } from '../../../src/index.js'
import type { TestApp } from '../../support/app/app.js'
import type { Page } from '../../support/browser/page.js'
import { startTlsProxy } from '../../support/browser/tls-proxy.js'
import { fakeClock } from '../../support/clock.js'
import { browser } from '../support/browser.js'
import {
  admin,
  administrator,
  foundBy,
  isLoggedIn,
  keycloak,
  loggedIn,
  logIn,
  logOut,
  newUser,
  realmApp,
  seriousErrors,
  since,
} from '../support/shared.js'

/** What the person saw, and what the log said, when a login was tried. */
interface Outcome {
  status: number
  /** The page belongs to Keycloak, not to the application. */
  atKeycloak: boolean
  text: string
  log: { code: string; text: string }[]
}

describe('Misconfiguration, as a newcomer meets it', () => {
  let app: TestApp | undefined
  afterEach(async () => {
    await app?.close()
    app = undefined
  })

  /** What the doctor says before the first login, and what becomes of that. */
  async function tryToLogIn(
    options: Parameters<typeof realmApp>[0],
    told: FindingCode | undefined,
  ): Promise<Outcome> {
    app = await realmApp(options)
    assert.equal((await foundBy(app))[0], told)
    app.errors.length = 0 // of the doctor's own visit to the login route
    return outcome(app, await logIn(browser(), `${app.url}/private`, await newUser()))
  }

  function outcome(of: TestApp, page: Page): Outcome {
    return {
      status: page.status,
      atKeycloak: page.url.startsWith(keycloak().url),
      text: page.text,
      log: seriousErrors(of).map(error => ({
        code: 'code' in error ? String(error.code) : '',
        text: error.message,
      })),
    }
  }

  /** The visitor sees no detail; the log names the code, and what to change. */
  function assertLogged({ log }: Outcome, code: string, advice: RegExp): void {
    assert.deepEqual(
      log.map(entry => entry.code),
      [code],
    )
    assert.match(log[0]?.text ?? '', advice)
  }

  it('a wrong client secret: the log says client_rejected, and names clientSecret', async () => {
    const seen = await tryToLogIn({ clientSecret: 'wrong' }, 'client_rejected')
    assert.deepEqual([seen.status, seen.text], [500, 'Internal Server Error'])
    assertLogged(seen, 'client_rejected', /clientSecret/)
  })

  it('an unknown client id: Keycloak says so on its own page', async () => {
    const wrong = createKeycloak({
      configuration: keycloak().realmUrl('demo'),
      clientId: 'no-such-client',
      clientSecret: 'secret',
      name: 'wrong',
      prefix: '/wrong',
    })
    app = await realmApp({ extend: koa => void koa.use(wrong.routes()) })
    const { findings } = await doctor(wrong, { baseUrl: app.url })
    assert.equal(findings[0]?.code, 'client_unknown')
    const page = await browser().goto(`${app.url}/wrong/login`)
    assert.equal(page.url.startsWith(keycloak().url), true)
    assert.match(page.text, /client not found/i)
    await assert.rejects(wrong.clientToken(), { code: 'client_rejected' })
  })

  it('a realm that does not exist: the log says metadata_not_found, and asks for the name', async () => {
    const seen = await tryToLogIn(
      { configuration: keycloak().realmUrl('no-such-realm') },
      'metadata_not_found',
    )
    assert.equal(seen.status, 500)
    assertLogged(seen, 'metadata_not_found', /realm name/)
  })

  it('a redirect URI that is not registered: Keycloak says so on its own page', async () => {
    const seen = await tryToLogIn(
      { clientChanges: { redirectUris: ['http://localhost:1/openid/auth'] } },
      'redirect_uri_unknown',
    )
    assert.equal(seen.atKeycloak, true)
    assert.match(seen.text, /redirect_uri/)
    assert.deepEqual(seen.log, [])
  })

  it('a post-logout redirect URI that is not registered: Keycloak says so, and the local login is over', async function () {
    since(this, 19)
    app = await realmApp({
      clientChanges: { attributes: { 'post.logout.redirect.uris': 'http://localhost:1/' } },
    })
    assert.equal((await foundBy(app))[0], 'post_logout_redirect_uri_unknown')
    const agent = await loggedIn(app, await newUser())
    const page = await logOut(agent, app)
    assert.match(page.text, /invalid redirect uri/i)
    assert.equal(await isLoggedIn(agent, app), false)
  })

  it('a client that is disabled: Keycloak says so on its own page', async () => {
    const seen = await tryToLogIn({ clientChanges: { enabled: false } }, 'client_disabled')
    assert.equal(seen.atKeycloak, true)
    assert.match(seen.text, /disabled/i)
  })

  it('a client without standard flow: the page or Keycloak names it', async () => {
    const seen = await tryToLogIn({ clientChanges: { standardFlowEnabled: false } }, 'standard_flow_off')
    if (seen.atKeycloak) assert.match(seen.text, /not allowed|disabled/i)
    else assert.deepEqual([seen.status, /standard flow/.test(seen.text), seen.log], [400, true, []])
  })

  it('a clock that is five minutes ahead: the log says clock_mismatch', async () => {
    const seen = await tryToLogIn({ now: fakeClock(Date.now() / 1000 + 300).now }, 'clock_mismatch')
    assert.equal(seen.status, 500)
    assertLogged(seen, 'clock_mismatch', /clocks/)
  })

  it('a clock that is five minutes behind: the log says clock_mismatch', async () => {
    const seen = await tryToLogIn({ now: fakeClock(Date.now() / 1000 - 300).now }, 'clock_mismatch')
    assert.equal(seen.status, 500)
    assertLogged(seen, 'clock_mismatch', /clocks/)
  })

  it('https before a Keycloak that does not know it: the log names http and https, and --proxy-headers', async () => {
    const proxy = await startTlsProxy()
    proxy.forwardTo(keycloak().url)
    try {
      // Keycloak behind it writes http into its metadata: nobody told it of the proxy.
      const seen = await tryToLogIn(
        {
          configuration: proxy.url + new URL(keycloak().realmUrl('demo')).pathname,
          fetch: (url, init) => fetch(url.replace(proxy.url, new URL(keycloak().url).origin), init),
        },
        'metadata_issuer_mismatch',
      )
      assert.equal(seen.status, 500)
      assertLogged(seen, 'metadata_issuer_mismatch', /http and https|host or port/)
      assert.match(seen.log[0]?.text ?? '', /--proxy-headers/)
    } finally {
      await proxy.close()
    }
  })

  it('an internal host name: refused with the advice to set issuer, and fine with it', async () => {
    const internal = keycloak().realmUrl('demo').replace('localhost', 'keycloak.internal')
    const route: Parameters<typeof realmApp>[0] = {
      configuration: internal,
      fetch: (url, init) => fetch(url.replace('keycloak.internal', 'localhost'), init),
    }
    assertLogged(
      await tryToLogIn(route, 'metadata_issuer_mismatch'),
      'metadata_issuer_mismatch',
      /set `issuer`/,
    )
    await app?.close()
    const seen = await tryToLogIn({ ...route, issuer: keycloak().realmUrl('demo') }, undefined)
    assert.deepEqual([seen.status, seen.log], [200, []])
  })

  it('a back-channel URL that Keycloak can not reach: the logout here works, other applications stay logged in', async function () {
    since(this, 12)
    app = await realmApp()
    const second = await realmApp({
      clientId: 'koa-app-two',
      session: { key: 'second' },
      clientChanges: { attributes: { 'backchannel.logout.url': 'http://localhost:1/openid/logout_request' } },
    })
    try {
      assert.deepEqual(await foundBy(second, { admin: administrator() }), ['logout_request_address_wrong'])
      const agent = await loggedIn(app, await newUser())
      await agent.goto(`${second.url}/private`)
      assert.equal((await logOut(agent, app)).url, `${app.url}/bye`)
      assert.deepEqual([await isLoggedIn(agent, app), await isLoggedIn(agent, second)], [false, true])
      assert.ok(await admin().realm())
    } finally {
      await second.close()
    }
  })
})
