import assert from 'node:assert/strict'
import { useForgedApp } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'

const WAYS: [header: string, value: string][] = [
  ['sec-purpose', 'prefetch'],
  ['sec-purpose', 'prefetch;prerender'],
  ['sec-purpose', 'prefetch;anonymous-client-ip'],
  ['purpose', 'prefetch'],
  ['purpose', 'preview'],
  ['x-purpose', 'preview'],
  ['x-moz', 'prefetch'],
]

describe('What a browser fetches ahead changes nothing', () => {
  let browser: UserAgent
  const app = useForgedApp()
  beforeEach(() => {
    browser = new UserAgent()
  })

  for (const [header, value] of WAYS) {
    const ahead = { headers: { [header]: value }, redirects: 0 }

    it(`${header}: ${value}`, async () => {
      // A guard and the login route begin no login.
      assert.equal((await browser.goto(`${app.url}/private`, ahead)).status, 401)
      const login = await browser.goto(`${app.url}/openid/login`, ahead)
      assert.deepEqual([login.status, login.header('cache-control')], [403, 'no-store'])
      assert.deepEqual(browser.cookies(), {})

      // The callback leaves code and cookie for the real visit.
      const begun = await browser.goto(`${app.url}/private`, { redirects: 0 })
      const callback = (await browser.goto(begun.header('location'), { redirects: 0 })).header('location')
      assert.equal((await browser.goto(callback, ahead)).status, 403)
      assert.equal((await browser.goto(callback)).url, `${app.url}/private`)

      assert.equal((await browser.goto(`${app.url}/openid/logout`, ahead)).status, 403)
      assert.equal((await who(browser, app)).loggedIn, true)
    })
  }
})
