import assert from 'node:assert/strict'
import Koa from 'koa'
import type { Browser, Page } from 'playwright-core'
import type { StandIn } from '../../example/stand-in/stand-in.js'
import { startApp, startProvider, type TestApp } from '../support/app/app.js'
import { type Served, serve } from '../support/app/serve.js'
import { startChromium } from '../support/browser/chromium.js'

describe('A real browser on a page of another site', () => {
  let chromium: Browser
  let provider: StandIn
  let app: TestApp
  let foreign: Served
  let page: Page

  before(async () => {
    chromium = await startChromium()
    provider = await startProvider()
    app = await startApp(provider)
    foreign = await serve(
      new Koa().use(ctx => {
        ctx.type = 'html'
        ctx.body = `<a href="${app.url}/openid/logout">out</a>
          <form method="post" action="${app.url}/openid/logout"><button>out</button></form>`
      }),
    )
    page = await (await chromium.newContext()).newPage()
    await page.goto(`${app.url}/private`)
    await page.fill('[name=username]', 'alice')
    await page.fill('[name=password]', 'alice')
    await page.click('#kc-form-login button')
    await page.waitForURL(`${app.url}/private`)
  })
  after(async () => {
    await chromium?.close()
    await app?.close()
    await foreign?.close()
    await provider?.close()
  })
  beforeEach(async () => {
    // Names below localhost are sites of their own to a browser, and lead to this machine too.
    await page.goto(foreign.url.replace('localhost', 'foreign.localhost'))
  })

  async function stillLoggedIn(): Promise<void> {
    await page.goto(`${app.url}/`)
    assert.match((await page.textContent('body')) ?? '', /"loggedIn":true/)
  }

  it('can not log the user out by a link', async () => {
    const [answer] = await Promise.all([page.waitForResponse(/logout/), page.click('a')])
    assert.equal(answer.status(), 403)
    await stillLoggedIn()
  })

  it('can not log the user out by a form', async () => {
    const [answer] = await Promise.all([page.waitForResponse(/logout/), page.click('button')])
    assert.equal(answer.status(), 403)
    await stillLoggedIn()
  })

  it('can not log the user out by an image', async () => {
    const answer = page.waitForResponse(/logout/)
    await page.evaluate(`new Image().src = '${app.url}/openid/logout'`)
    assert.equal((await answer).status(), 403)
    await stillLoggedIn()
  })

  it('sees nobody logged in when it frames the application: the cookies stay away', async () => {
    await page.evaluate(
      `document.body.append(Object.assign(document.createElement('iframe'), { src: '${app.url}/' }))`,
    )
    const frame = await page.waitForEvent('framenavigated')
    await frame.waitForLoadState()
    assert.match((await frame.textContent('body')) ?? '', /"loggedIn":false/)
    await stillLoggedIn()
  })
})
