import assert from 'node:assert/strict'
import { type ForgedApp, startForgedApp } from '../support/app/forged-app.js'
import { who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { type Nginx, startNginx } from '../support/process/nginx.js'

describe('Behind an nginx with its own limits', () => {
  let app: ForgedApp
  let nginx: Nginx
  before(async () => {
    app = await startForgedApp({})
    nginx = await startNginx(app.url)
  })
  after(async () => {
    await nginx?.close()
    await app?.close()
  })

  it('an ID token of more than 4 KB goes to the provider by a form that sends itself', async () => {
    const browser = new UserAgent()
    app.forger.knobs.idToken = { claims: { long: 'x'.repeat(4200) } }
    await browser.goto(`${nginx.url}/private`)
    app.forger.knobs.idToken = {}
    assert.equal((await who(browser, nginx)).loggedIn, true)
    const page = await browser.goto(`${nginx.url}/openid/logout`, { redirects: 0 })
    assert.equal(page.status, 200)
    const { method, fields } = page.form()
    assert.equal(method, 'POST')
    assert.ok((fields.id_token_hint ?? '').length > 4096)
    assert.match(page.header('content-security-policy'), /script-src 'sha256-/)
    assert.equal((await who(browser, nginx)).loggedIn, false)
  })

  it('a script gets an address without an ID token that is too long for one', async () => {
    const browser = new UserAgent()
    app.forger.knobs.idToken = { claims: { long: 'x'.repeat(4200) } }
    await browser.goto(`${nginx.url}/private`)
    app.forger.knobs.idToken = {}
    const { logout } = (await browser.fetch(`${nginx.url}/openid/logout`, { method: 'POST' })).json<{
      logout: string
    }>()
    assert.ok(logout.startsWith(app.forger.issuer) && logout.length < 2000)
    assert.equal((await who(browser, nginx)).loggedIn, false)
  })

  for (const [kind, query] of [
    ['700 characters', 'x'.repeat(700)],
    ['what grows when it is written', '?\\'.repeat(190)],
  ] as const) {
    it(`ten tabs with addresses of ${kind} leave the whole site as it is`, async () => {
      const browser = new UserAgent()
      for (let tab = 0; tab < 10; tab++) {
        const page = await browser.goto(`${nginx.url}/private?${tab}${query}`, { redirects: 0 })
        assert.equal(page.status, 302)
      }
      assert.equal((await browser.goto(`${nginx.url}/`)).status, 200)
    })

    it(`seven at once, none of which knows of the others, with ${kind}`, async () => {
      const browser = new UserAgent()
      const tabs = Array.from({ length: 7 }, () => browser.clone())
      for (const tab of tabs) {
        await tab.goto(`${nginx.url}/private?${query}`, { redirects: 0 })
        for (const [name, value] of Object.entries(tab.cookies())) {
          browser.jar.store(new URL(nginx.url), [`${name}=${value}; path=/`])
        }
      }
      assert.equal((await browser.goto(`${nginx.url}/`)).status, 200)
    })
  }
})
