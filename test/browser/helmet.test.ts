import assert from 'node:assert/strict'
import type { Middleware } from 'koa'
import helmet from 'koa-helmet'
import type { Page } from 'playwright-core'
import { type TestAppOptions, useApp } from '../support/app/app.js'
import { fillIn, useTabs } from '../support/browser/chromium.js'

const form = (method: string, action: string) =>
  `<form method="${method}" action="${action}"><input name="a" value="1"><button>Send</button></form>`

/** An application with forms, whose every answer has koa-helmet's headers. */
function withForms(headers: (origins: string[]) => Middleware): TestAppOptions {
  return {
    extend: (app, router, keycloak) => {
      app.middleware.unshift(headers(keycloak.cspOrigins()) as never)
      router.get('/forms/:method/:where', ctx => {
        const { method = '', where } = ctx.params as Record<string, string>
        ctx.type = 'html'
        ctx.body = form(method, where === 'logout' ? keycloak.logoutUrl({ redirectUri: '/bye' }) : '/order')
      })
      router.all('/order', keycloak.requireLogin(), ctx => {
        ctx.body = 'ordered'
      })
      router.get('/bye', ctx => {
        ctx.body = 'bye'
      })
    },
  }
}

/** The sentence by which Chromium says that it has not sent a form, or not followed where it led. */
function refusedForm(page: Page): Promise<unknown> {
  return page.waitForEvent('console', message => /form-action/.test(message.text()))
}

describe('koa-helmet as it comes, in a real browser', () => {
  const tabs = useTabs()
  const app = useApp(withForms(() => helmet() as unknown as Middleware))

  it('a logout by a form ends the login here and at the provider, and comes back', async () => {
    const page = await tabs.newPage()
    await page.goto(`${app.url}/private`)
    await fillIn(page)
    await page.waitForURL(`${app.url}/private`)
    await page.goto(`${app.url}/forms/post/logout`)
    await page.click('button')
    await page.waitForURL(`${app.url}/bye`)
    await page.goto(`${app.url}/private`)
    assert.ok(await page.isVisible('[name=password]'), 'the provider asks for the password')
  })

  it('a form that is sent without a login leads to the login', async () => {
    const page = await tabs.newPage()
    await page.goto(`${app.url}/forms/post/order`)
    await page.click('button')
    await page.waitForSelector('[name=password]')
    await fillIn(page)
    await page.waitForURL(`${app.url}/`)
    assert.match((await page.textContent('body')) ?? '', /"loggedIn":true/)
  })

  it('a logout whose page has the form to click comes back to the page with it', async () => {
    const page = await tabs.newPage()
    await page.goto(`${app.url}/private`)
    await fillIn(page)
    await page.waitForURL(`${app.url}/private`)
    await page.goto(`${app.url}/forms/post/logout`)
    await page.click('button')
    await page.waitForURL(`${app.url}/bye`)
    await page.goBack({ waitUntil: 'commit' })
    // A page that comes out of the browser's own cache is not loaded again.
    await page.waitForURL(`${app.url}/forms/post/logout`, { waitUntil: 'commit' })
  })

  it('a logout by a script ends the login here, and at the provider when its page goes there', async () => {
    const page = await tabs.newPage()
    await page.goto(`${app.url}/private`)
    await fillIn(page)
    await page.waitForURL(`${app.url}/private`)
    await page.evaluate(`fetch('/openid/logout?redirectUri=/bye', { method: 'POST' })
      .then(answer => answer.json()).then(({ logout }) => location.assign(logout))`)
    await page.waitForURL(`${app.url}/bye`)
    await page.goto(`${app.url}/private`)
    assert.ok(await page.isVisible('[name=password]'))
  })

  it('a form by GET is not followed to the login: its policy has to allow that', async () => {
    const page = await tabs.newPage()
    await page.goto(`${app.url}/forms/get/order`)
    const refused = refusedForm(page)
    await page.click('button')
    await refused
    assert.equal(page.url(), `${app.url}/forms/get/order`)
  })
})

describe('koa-helmet with the origins that keycloak names', () => {
  const tabs = useTabs()
  const app = useApp(
    withForms(
      origins =>
        helmet({
          contentSecurityPolicy: { directives: { formAction: ["'self'", ...origins] } },
        }) as unknown as Middleware,
    ),
  )

  it('a form by GET leads to the login, and a logout by one to the provider and back', async () => {
    const page = await tabs.newPage()
    await page.goto(`${app.url}/forms/get/order`)
    await page.click('button')
    await page.waitForSelector('[name=password]')
    await fillIn(page)
    await page.waitForURL(`${app.url}/order?a=1`)
    await page.goto(`${app.url}/forms/get/logout`)
    await page.click('button')
    await page.waitForURL(url => url.origin === app.url && !url.pathname.startsWith('/forms'))
    await page.goto(`${app.url}/private`)
    assert.ok(await page.isVisible('[name=password]'))
  })
})
