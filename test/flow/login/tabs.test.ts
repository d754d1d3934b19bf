import assert from 'node:assert/strict'
import { useApp } from '../../support/app/app.js'
import { useEvents } from '../../support/app/events.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

describe('Many tabs', () => {
  let browser: UserAgent
  const app = useApp()
  beforeEach(() => {
    browser = new UserAgent()
    app.errors.length = 0
  })

  const logIn = (page: Awaited<ReturnType<UserAgent['goto']>>) =>
    browser.submit(page, { username: 'alice', password: 'alice' })
  const loginCookies = () =>
    Object.keys(browser.cookies()).filter(name => /^keycloak\.login\.[\w-]+$/.test(name))

  it('two tabs log in at once, and each comes back to its own page', async () => {
    const first = await browser.goto(`${app.url}/private?tab=1`)
    const second = await browser.goto(`${app.url}/private?tab=2`)
    assert.equal((await logIn(second)).url, `${app.url}/private?tab=2`)
    assert.equal((await logIn(first)).url, `${app.url}/private?tab=1`)
    assert.deepEqual(app.errors, [])
  })

  it('keeps one cookie for each login under way: signed, HttpOnly, SameSite=Lax, for ten minutes', async () => {
    const { headers } = await browser.goto(`${app.url}/private`, { redirects: 0 })
    const [cookie = '', ...others] = [headers['set-cookie'] ?? []].flat()
    assert.deepEqual(others, [])
    assert.match(cookie, /^keycloak\.login\.[\w-]{22}=[^;]+\.[\w-]{27}; /)
    const attributes = /; path=\/; expires=([^;]+); samesite=lax; httponly$/
    const life = Date.parse(attributes.exec(cookie)?.[1] ?? '') - Date.now()
    assert.ok(life > 590_000 && life <= 600_000, cookie)
  })

  it('the login for which there is no room takes the place of the oldest, which begins anew when it comes back', async () => {
    const tabs = []
    const long = 'x'.repeat(700)
    for (let tab = 1; tab <= 5; tab++) {
      tabs.push(await browser.goto(`${app.url}/private?tab=${tab}&${long}`))
    }
    assert.equal(loginCookies().length, 4)
    const [oldest, ...others] = tabs
    assert.ok(oldest)
    for (const [index, tab] of others.entries()) {
      assert.equal((await logIn(tab)).url, `${app.url}/private?tab=${index + 2}&${long}`)
    }
    assert.equal(loginCookies().length, 0)
    const page = await logIn(oldest)
    assert.equal(page.url, `${app.url}/`)
    assert.equal(page.json().username, 'alice')
  })

  it('a callback loaded again, or come back to, leads a logged-in user on to the application', async () => {
    const page = await browser.login(`${app.url}/private`, 'alice', 'alice')
    const callback = page.hops.find(({ url }) => url.includes('/openid/auth?'))?.url ?? ''
    const { sid } = await who(browser, app)
    const again = await browser.goto(callback)
    assert.deepEqual([again.url, again.hops.length], [`${app.url}/`, 2], 'straight there')
    assert.equal((await who(browser, app)).sid, sid)
  })

  it('a bookmarked callback of long ago begins a new login for a visitor, once', async () => {
    const page = await browser.goto(`${app.url}/openid/auth?code=old&state=old`)
    const done = await logIn(page)
    assert.equal(done.url, `${app.url}/`)
    assert.equal(done.json().username, 'alice')
  })
})

describe('A login that takes its time', () => {
  const clock = fakeClock()
  const app = useForgedApp({ now: clock.now }, { now: clock.now })
  const events = useEvents('login.refused')

  /** Goes to a page that wants a login, and to the provider; gives the way back. */
  async function callbackOf(browser: UserAgent, page = `${app.url}/private`): Promise<string> {
    const begun = await browser.goto(page, { redirects: 0 })
    return (await browser.goto(begun.header('location'), { redirects: 0 })).header('location')
  }

  it('comes about after nine minutes', async () => {
    const browser = new UserAgent()
    const callback = await callbackOf(browser)
    clock.advance(540)
    assert.equal((await browser.goto(callback)).url, `${app.url}/private`)
  })

  it('begins anew after ten', async () => {
    const browser = new UserAgent()
    const callback = await callbackOf(browser)
    clock.advance(601)
    const page = await browser.goto(callback)
    assert.deepEqual([page.url, page.json().loggedIn], [`${app.url}/`, true])
    assert.equal(page.hops.filter(({ url }) => url.includes('/openid/auth?')).length, 2)
  })

  it('in a browser that keeps no cookies ends in a clear 400 instead of a loop', async () => {
    const again = await callbackOf(new UserAgent(), await callbackOf(new UserAgent()))
    const page = await new UserAgent().goto(again, { redirects: 0 })
    const facts = { provider: 'keycloak', code: 'login_unknown', reason: 'no_cookie' }
    assert.deepEqual(events, [['login.refused', facts]])
    assert.equal(page.status, 400)
    assert.equal(page.header('cache-control'), 'no-store')
    assert.match(page.body, /cookies/)
    assert.equal(lastCode(app), 'login_unknown')
  })
})
