import assert from 'node:assert/strict'
import { requestLogout, useForgedAppEach } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

describe('The provider is away', () => {
  const clock = fakeClock()
  const app = useForgedAppEach({ now: clock.now }, { now: clock.now })

  const goAway = (mischief: 'drop' | undefined) => {
    for (const endpoint of ['discovery', 'jwks', 'token'] as const) {
      if (mischief) app.forger.knobs.mischief[endpoint] = mischief
      else delete app.forger.knobs.mischief[endpoint]
    }
  }

  it('before it was ever there: pages are served, logins get a 503 with Retry-After, and then work', async () => {
    goAway('drop')
    const browser = new UserAgent()
    assert.deepEqual(await who(browser, app), { loggedIn: false })
    for (const path of ['/private', '/openid/login', '/openid/auth?code=x&state=y']) {
      const page = await browser.goto(app.url + path)
      assert.deepEqual([page.status, lastCode(app)], [503, 'provider_unavailable'])
      assert.ok(Number(page.header('retry-after')) >= 1)
      assert.equal(page.header('cache-control'), 'no-store')
    }
    assert.equal(app.forger.counts.discovery, 1, 'it is left alone for a while')
    goAway(undefined)
    clock.advance(6)
    assert.equal((await browser.goto(`${app.url}/private`)).status, 200)
  })

  it('later: whoever is logged in goes on, with one attempt to renew, until it is back', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    goAway('drop')
    clock.advance(400)
    for (let request = 0; request < 5; request++) assert.equal((await who(browser, app)).loggedIn, true)
    assert.equal(app.forger.counts.token, 3, 'sent twice: the connection was in use before')
    assert.equal(app.errors.length, 1)
    goAway(undefined)
    clock.advance(6)
    assert.equal((await who(browser, app)).loggedIn, true)
    assert.equal(app.forger.counts.token, 4)
  })

  it('a logout request whose keys can not be had is told to come again, and ends nothing', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    await app.forger.rotateKeys()
    goAway('drop')
    const answer = await requestLogout(app)
    assert.deepEqual([answer.status, lastCode(app)], [503, 'provider_unavailable'])
    assert.equal((await who(browser, app)).loggedIn, true)
    goAway(undefined)
    clock.advance(6)
    assert.equal((await requestLogout(app)).status, 200)
    assert.equal((await who(browser, app)).loggedIn, false)
  })
})
