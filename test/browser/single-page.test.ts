import assert from 'node:assert/strict'
import type { Browser } from 'playwright-core'
import { createApi } from '../../example/recipes/call-api.js'
import { createApp } from '../../example/recipes/single-page.js'
import type { StandIn } from '../../example/stand-in/stand-in.js'
import { startProvider } from '../support/app/app.js'
import { type Served, serve } from '../support/app/serve.js'
import { startChromium } from '../support/browser/chromium.js'

describe('A page of plain JavaScript in a real browser', () => {
  let chromium: Browser
  let provider: StandIn
  let api: Served
  let app: Served
  before(async () => {
    chromium = await startChromium()
    provider = await startProvider()
    api = await serve(() => createApi(provider.discoveryUrl))
    app = await serve(async url => {
      await provider.addClient({
        clientId: 'koa-app',
        clientSecret: 's3cret',
        redirectUris: [`${url}/openid/auth`],
        postLogoutRedirectUris: [`${url}/`],
        logoutRequestUri: `${url}/openid/logout_request`,
      })
      return createApp(provider.discoveryUrl, api.url)
    })
  })
  after(async () => {
    await chromium?.close()
    await app?.close()
    await api?.close()
    await provider?.close()
  })

  it('logs in, uses the API, logs out, and never sees a token', async () => {
    const page = await (await chromium.newContext()).newPage()
    const seen: string[] = []
    page.on('response', async response => {
      if (new URL(response.url()).origin !== app.url) return
      seen.push(JSON.stringify(await response.allHeaders()))
      seen.push(await response.text().catch(() => ''))
    })
    await page.goto(app.url)
    await page.click('text=Log in')
    await page.fill('[name=username]', 'alice')
    await page.fill('[name=password]', 'alice')
    await page.click('#kc-form-login button')
    await page.waitForURL(`${app.url}/`)
    await page.waitForSelector('text=alice has ordered: a book')
    assert.ok(seen.some(text => text.includes('"a book"')))
    // No access token; the ID token hint is in the logout's address alone, which was not asked for yet.
    assert.deepEqual(
      seen.filter(text => /eyJ[\w-]+\.eyJ/.test(text)),
      [],
    )
    await page.click('text=Log out')
    await page.waitForSelector('text=Log in')
    assert.equal(await page.evaluate("fetch('/api/orders').then(({ status }) => status)"), 401)
  })
})
