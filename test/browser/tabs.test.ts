import assert from 'node:assert/strict'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { StandIn } from '../../example/stand-in/stand-in.js'
import { startApp, startProvider, type TestApp } from '../support/app/app.js'
import { startChromium } from '../support/browser/chromium.js'

describe('A real browser with several tabs', () => {
  let chromium: Browser
  let provider: StandIn
  let app: TestApp
  let context: BrowserContext
  const held: { release?: () => void; arrived?: () => void } = {}

  before(async () => {
    chromium = await startChromium()
    provider = await startProvider()
    app = await startApp(provider, {
      extend: (_, router, keycloak) => {
        router.get('/slow', async ctx => {
          await new Promise<void>(resolve => {
            held.release = resolve
            held.arrived?.()
          })
          ctx.body = { loggedIn: ctx.state.keycloak.loggedIn }
        })
        router.get('/form', ctx => {
          ctx.type = 'html'
          ctx.body =
            '<form method="post" action="/order"><input name="item" value="tea"><button>Order</button></form>'
        })
        router.post('/order', keycloak.requireLogin(), ctx => {
          ctx.body = 'ordered'
        })
      },
    })
  })
  after(async () => {
    await chromium?.close()
    await app?.close()
    await provider?.close()
  })
  beforeEach(async () => {
    context = await chromium.newContext()
  })
  afterEach(() => context.close())

  async function fillIn(page: Page, username = 'alice'): Promise<void> {
    await page.fill('[name=username]', username)
    await page.fill('[name=password]', username)
    await page.click('#kc-form-login button')
  }

  async function logIn(page: Page, path = '/private'): Promise<void> {
    await page.goto(app.url + path)
    await fillIn(page)
    await page.waitForURL(app.url + path)
  }

  async function shows(page: Page, text: string): Promise<void> {
    assert.match((await page.textContent('body')) ?? '', new RegExp(text))
  }

  it('logs in twice at once, and both tabs end where they wanted to be', async () => {
    const [first, second] = [await context.newPage(), await context.newPage()]
    await first.goto(`${app.url}/private?tab=1`)
    await second.goto(`${app.url}/private?tab=2`)
    await fillIn(first)
    await first.waitForURL(`${app.url}/private?tab=1`)
    await fillIn(second)
    await second.waitForURL(`${app.url}/private?tab=2`)
    await shows(first, 'alice')
    await shows(second, 'alice')
  })

  it('sends the back button onto the callback, and a reload of it, on to the application', async () => {
    const page = await context.newPage()
    let callback = ''
    page.on('request', request => {
      if (request.url().includes('/openid/auth?')) callback = request.url()
    })
    await logIn(page)
    await page.goto(callback)
    assert.equal(page.url(), `${app.url}/`)
    await shows(page, '"loggedIn":true')
  })

  it('asks for the login again when the back button leads to a page of before the logout', async () => {
    const page = await context.newPage()
    await logIn(page)
    await page.goto(`${app.url}/openid/logout?redirectUri=/bye`)
    await page.goBack()
    await page.reload()
    assert.match(page.url(), /login-actions/)
  })

  it('begins anew for a bookmarked login page', async () => {
    const page = await context.newPage()
    await page.goto(`${app.url}/private`)
    const bookmark = page.url()
    await context.clearCookies()
    await page.goto(bookmark)
    if (await page.locator('[name=username]').count()) await fillIn(page)
    else await logIn(page)
    await page.goto(`${app.url}/`)
    assert.ok((await page.textContent('body'))?.includes('loggedIn'))
  })

  it('keeps the login of one tab when a request of another tab ends after it', async () => {
    const [slow, other] = [await context.newPage(), await context.newPage()]
    const arrived = new Promise<void>(resolve => {
      held.arrived = resolve
    })
    const answer = slow.goto(`${app.url}/slow`)
    await arrived
    await logIn(other)
    held.release?.()
    await answer
    await shows(slow, '"loggedIn":false')
    await other.reload()
    await shows(other, 'alice')
  })

  it('comes back to the page with the form when a form was sent without a login', async () => {
    const page = await context.newPage()
    await page.goto(`${app.url}/form`)
    await page.click('button')
    await fillIn(page)
    await page.waitForURL(`${app.url}/form`)
    await page.click('button')
    await shows(page, 'ordered')
  })

  it('answers fetch with 401 and the path of the login, for the page to act on', async () => {
    const page = await context.newPage()
    await page.goto(`${app.url}/`)
    const answer = await page.evaluate(
      "fetch('/private').then(async r => ({ status: r.status, body: await r.json() }))",
    )
    assert.deepEqual(answer, {
      status: 401,
      body: { error: 'login_required', error_description: 'Please log in.', login: '/openid/login' },
    })
  })

  it('sets the cookies that are documented, with their flags, and no other', async () => {
    const page = await context.newPage()
    await page.goto(`${app.url}/private`)
    const ofLogin = (await context.cookies(app.url)).filter(({ name }) => name.startsWith('keycloak.login.'))
    assert.equal(ofLogin.length, 1)
    for (const { httpOnly, sameSite, path, secure } of ofLogin) {
      assert.deepEqual(
        { httpOnly, sameSite, path, secure },
        { httpOnly: true, sameSite: 'Lax', path: '/', secure: false },
      )
    }
    await fillIn(page)
    await page.waitForURL(`${app.url}/private`)
    const names = (await context.cookies(app.url))
      .map(({ name }) => name)
      .filter(name => !/KEYCLOAK|AUTH_SESSION/.test(name))
    assert.deepEqual(names.sort(), ['koa.sess', 'koa.sess.sig'])
  })
})
