import assert from 'node:assert/strict'
import { testKeycloak } from '../../src/testing/index.js'
import { serve } from '../support/app/serve.js'
import { sessionStore } from '../support/app/session-store.js'
import { useTabs } from '../support/browser/chromium.js'
import { createShop } from '../testing/shop.js'

describe('A real browser with the kit for tests', () => {
  const tabs = useTabs()

  for (const [mode, session] of [
    ['in the cookie', {}],
    ['in a store', { store: sessionStore() }],
  ] as const) {
    it(`is logged in by the cookies that Playwright is given, with the session ${mode}`, async () => {
      const kc = await testKeycloak()
      const served = await serve(createShop({ ...kc.options, session }))
      try {
        const cookie = await kc.logIn(served.url, { username: 'alice' })
        await tabs.addCookies(kc.cookies(cookie))
        const page = await tabs.newPage()
        const answer = await page.goto(`${served.url}/me`)
        assert.equal(answer?.status(), 200)
        assert.match((await page.textContent('body')) ?? '', /"preferred_username":"alice"/)
        await kc.logOut(served.url, 'alice')
        const asked = await page.evaluate(() => fetch('/me').then(({ status }) => status))
        assert.equal(asked, 401)
      } finally {
        await served.close()
      }
    })
  }
})
