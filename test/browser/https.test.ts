import assert from 'node:assert/strict'
import type { Browser, BrowserContext } from 'playwright-core'
import type { StandIn } from '../../example/stand-in/stand-in.js'
import { startApp, startProvider, type TestApp } from '../support/app/app.js'
import { startChromium } from '../support/browser/chromium.js'
import { startTlsProxy, type TlsProxy } from '../support/browser/tls-proxy.js'

describe('A real browser, over https, behind a reverse proxy', () => {
  let chromium: Browser
  let context: BrowserContext
  let provider: StandIn
  let proxy: TlsProxy
  let app: TestApp

  before(async () => {
    chromium = await startChromium()
    provider = await startProvider()
    proxy = await startTlsProxy()
    app = await startApp(provider, {
      baseUrl: proxy.url,
      session: { key: '__Host-session', secure: true, sameSite: 'lax' },
      client: {
        redirectUris: [`${proxy.url}/openid/auth`],
        postLogoutRedirectUris: [`${proxy.url}/bye`],
      },
    })
    app.app.proxy = true
    proxy.forwardTo(app.url)
  })
  after(async () => {
    await chromium?.close()
    await app?.close()
    await proxy?.close()
    await provider?.close()
  })
  beforeEach(async () => {
    context = await chromium.newContext({ ignoreHTTPSErrors: true })
  })
  afterEach(() => context.close())

  it('keeps everything in Secure __Host- cookies, through login and logout', async () => {
    const page = await context.newPage()
    await page.goto(`${proxy.url}/private`)
    const ownCookies = async () =>
      (await context.cookies(proxy.url)).filter(c => !/KEYCLOAK|AUTH_SESSION/.test(c.name))
    const underWay = await ownCookies()
    assert.ok(underWay.some(({ name }) => name.startsWith('__Host-keycloak.login.')))
    for (const { secure, httpOnly, sameSite, path } of underWay) {
      assert.deepEqual(
        { secure, httpOnly, sameSite, path },
        { secure: true, httpOnly: true, sameSite: 'Lax', path: '/' },
      )
    }
    await page.fill('[name=username]', 'alice')
    await page.fill('[name=password]', 'alice')
    await page.click('#kc-form-login button')
    await page.waitForURL(`${proxy.url}/private`)
    const loggedIn = await ownCookies()
    assert.deepEqual(loggedIn.map(({ name }) => name).sort(), ['__Host-session', '__Host-session.sig'])
    assert.ok(loggedIn.every(({ secure, httpOnly }) => secure && httpOnly))

    await page.goto(`${proxy.url}/openid/logout?redirectUri=/bye`)
    assert.equal(page.url(), `${proxy.url}/bye`)
    await page.goto(`${proxy.url}/`)
    assert.match((await page.textContent('body')) ?? '', /"loggedIn":false/)
  })
})
