import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { TestApp } from '../../support/app/app.js'
import { startChromium } from '../../support/browser/chromium.js'
import { admin, newUser, realmApp, seriousErrors, since } from '../support/shared.js'

describe('A real browser', () => {
  let chromium: Browser
  let context: BrowserContext
  let app: TestApp
  before(async () => {
    chromium = await startChromium()
  })
  after(() => chromium?.close())
  beforeEach(async () => {
    app = await realmApp()
    context = await chromium.newContext()
  })
  afterEach(async () => {
    assert.deepEqual(seriousErrors(app), [])
    await context.close()
    await app.close()
  })

  async function fillIn(page: Page, username: string): Promise<void> {
    await page.fill('[name=username]', username)
    await page.fill('[name=password]', username)
    await page.press('[name=password]', 'Enter')
  }

  const loggedIn = async (page: Page) =>
    JSON.parse((await page.goto(`${app.url}/`).then(() => page.textContent('body'))) ?? '').loggedIn

  it('logs in in two tabs at once, and both come back to their pages', async () => {
    const user = await newUser()
    const [first, second] = [await context.newPage(), await context.newPage()]
    await first.goto(`${app.url}/private?tab=1`)
    await second.goto(`${app.url}/private?tab=2`)
    await fillIn(first, user)
    await first.waitForURL(`${app.url}/private?tab=1`)
    // Newer versions send a second tab on by themselves once the first is logged in; older ones ask to click.
    if (!second.url().startsWith(app.url)) await second.goto(`${app.url}/private?tab=2`)
    await second.waitForURL(`${app.url}/private?tab=2`)
    assert.match((await second.textContent('body')) ?? '', new RegExp(user))
  })

  it('goes back onto the callback, reloads it, and stays logged in', async () => {
    const page = await context.newPage()
    let callback = ''
    page.on('request', request => {
      if (request.url().includes('/openid/auth?')) callback = request.url()
    })
    await page.goto(`${app.url}/private`)
    await fillIn(page, await newUser())
    await page.waitForURL(`${app.url}/private`)
    await page.goto(callback)
    await page.reload()
    assert.equal(page.url(), `${app.url}/`)
    assert.equal(await loggedIn(page), true)
  })

  it('logs out, and the back button shows a login page', async () => {
    const page = await context.newPage()
    await page.goto(`${app.url}/private`)
    await fillIn(page, await newUser())
    await page.waitForURL(`${app.url}/private`)
    await page.goto(`${app.url}/openid/logout?redirectUri=/bye`)
    assert.equal(page.url(), `${app.url}/bye`)
    await page.goBack()
    await page.reload()
    assert.equal(await page.locator('[name=username]').count(), 1)
  })

  it('is logged out by the administrator while it shows a page', async function () {
    since(this, 12)
    const user = await newUser()
    const page = await context.newPage()
    await page.goto(`${app.url}/private`)
    await fillIn(page, user)
    await page.waitForURL(`${app.url}/private`)
    await admin().logoutUser(user)
    await page.reload()
    assert.equal(await page.locator('[name=username]').count(), 1)
  })

  it('has no cookie of the application beyond the session when the login is done', async () => {
    const page = await context.newPage()
    await page.goto(`${app.url}/private`)
    await fillIn(page, await newUser())
    await page.waitForURL(`${app.url}/private`)
    const own = (await context.cookies(app.url)).filter(({ name }) => /^(koa|keycloak\.)/.test(name))
    assert.deepEqual(own.map(({ name }) => name).sort(), ['koa.sess', 'koa.sess.sig'])
  })

  it('begins anew from a login page that was kept for later', async () => {
    const page = await context.newPage()
    await page.goto(`${app.url}/private`)
    const kept = page.url()
    await context.clearCookies()
    await page.goto(kept)
    await fillIn(page, await newUser())
    await page.waitForURL(url => url.href.startsWith(app.url))
    assert.equal(await loggedIn(page), true)
  })
})
