import assert from 'node:assert/strict'
import type { Page } from 'playwright-core'
import { useApp } from '../support/app/app.js'
import { fillIn, useTabs } from '../support/browser/chromium.js'

describe('The back button of a real browser after a logout', () => {
  const tabs = useTabs()
  const app = useApp({
    extend: (_, router, keycloak) => {
      router.get('/page/:caching', keycloak.requireLogin(), ctx => {
        if (ctx.params.caching === 'cached') ctx.set('Cache-Control', 'private, max-age=60')
        ctx.type = 'html'
        ctx.body = `<p>of ${ctx.state.keycloak.token?.username}</p>`
      })
      router.get('/bye', ctx => {
        ctx.type = 'html'
        ctx.body = '<p>bye</p>'
      })
    },
  })

  async function backAfterLogout(path: string): Promise<Page> {
    const page = await tabs.newPage()
    await page.goto(app.url + path)
    await fillIn(page)
    await page.waitForURL(app.url + path)
    assert.equal(await page.textContent('p'), 'of alice')
    await page.goto(`${app.url}/openid/logout?redirectUri=/bye`)
    assert.equal(await page.textContent('p'), 'bye')
    await page.goBack({ waitUntil: 'commit' })
    return page
  }

  it('does not show a page that passed a guard: it leads to the login', async () => {
    const page = await backAfterLogout('/page/plain')
    await page.waitForSelector('[name=password]')
    assert.doesNotMatch((await page.textContent('body')) ?? '', /alice/)
  })

  it('shows one of which the application says that it may be kept', async () => {
    const page = await backAfterLogout('/page/cached')
    assert.equal(await page.textContent('p'), 'of alice')
  })
})
