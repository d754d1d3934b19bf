import assert from 'node:assert/strict'
import { useApp } from '../../support/app/app.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'

describe('Coming back from the login', () => {
  let browser: UserAgent
  const app = useForgedApp({ queryParams: ['response_mode'] })
  beforeEach(() => {
    browser = new UserAgent()
    app.forger.reset()
    app.errors.length = 0
  })

  const refuse = (error: string, error_description?: string) => {
    app.forger.knobs.authorization = { code: undefined, error, error_description }
  }

  it('takes a form too, though the cookies of the login do not come with it', async () => {
    const page = await browser.goto(`${app.url}/openid/login?response_mode=form_post&returnTo=/private`)
    assert.equal(page.url, `${app.url}/private`)
    const methods = page.hops.filter(({ url }) => url.includes('/openid/auth')).map(({ method }) => method)
    assert.deepEqual(methods, ['POST', 'GET'])
    assert.equal(page.json().username, 'user-1')
  })

  it('by form with an error is told as by address', async () => {
    refuse('access_denied')
    const page = await browser.goto(`${app.url}/openid/login?response_mode=form_post`)
    assert.deepEqual([page.status, lastCode(app)], [403, 'access_denied'])
  })

  for (const [error, status, code] of [
    ['access_denied', 403, 'access_denied'],
    ['login_required', 401, 'login_not_possible'],
    ['interaction_required', 401, 'login_not_possible'],
    ['consent_required', 401, 'login_not_possible'],
    ['server_error', 400, 'authorization_rejected'],
    ['temporarily_unavailable', 400, 'authorization_rejected'],
    ['invalid_scope', 400, 'authorization_rejected'],
    ['what_is_this', 400, 'authorization_rejected'],
  ] as const) {
    it(`with the error ${error} answers ${status}, and nobody is logged in`, async () => {
      refuse(error, '<script>alert(1)</script>')
      const page = await browser.goto(`${app.url}/private`)
      assert.deepEqual([page.status, lastCode(app)], [status, code])
      assert.doesNotMatch(page.body, /script|alert/)
      assert.equal(page.header('cache-control'), 'no-store')
      assert.deepEqual(Object.keys(browser.cookies()), [], 'the used cookie is gone')
      assert.equal((await who(browser, app)).loggedIn, false)
    })
  }

  it('after the login page has timed out begins the login anew, with the page that was asked for', async () => {
    refuse('temporarily_unavailable', 'authentication_expired')
    const late = await browser.goto(`${app.url}/private?a=1`, { redirects: 0 })
    const back = await browser.goto(late.header('location'), { redirects: 0 })
    app.forger.reset()
    const page = await browser.goto(back.header('location'))
    assert.equal(page.url, `${app.url}/private?a=1`)
    assert.equal(page.json().username, 'user-1')
  })

  it('does so once: a provider that always says so gets an error, not a loop', async () => {
    refuse('temporarily_unavailable', 'authentication_expired')
    const page = await browser.goto(`${app.url}/private`)
    assert.deepEqual([page.status, lastCode(app)], [400, 'authorization_rejected'])
    assert.equal(app.forger.counts.authorization, 2)
  })

  it('with a refused code leaves the login that there is as it is', async () => {
    await browser.goto(`${app.url}/private`)
    const before = await who(browser, app)
    app.forger.knobs.authorization = { code: 'of somebody else' }
    const page = await browser.goto(`${app.url}/openid/login`)
    assert.deepEqual([page.status, lastCode(app)], [400, 'code_rejected'])
    assert.deepEqual(await who(browser, app), before)
  })

  it('a provider away at that moment makes a 503, and the same address works later', async () => {
    app.forger.knobs.mischief.token = 'drop'
    const page = await browser.goto(`${app.url}/private`)
    assert.deepEqual([page.status, lastCode(app)], [503, 'provider_unavailable'])
    assert.ok(Number(page.header('retry-after')) >= 1)
    app.forger.reset()
    assert.equal((await browser.goto(page.url)).json().loggedIn, true)
  })

  it('a logout request that comes in during the login ends it before it begins', async () => {
    app.forger.knobs.sid = 'session-1'
    const release = app.forger.hold('token')
    const login = browser.goto(`${app.url}/private`)
    await app.forger.arrived('token', 1)
    await app.keycloak.endLogins({ sid: 'session-1' })
    release()
    const page = await login
    assert.deepEqual([page.status, lastCode(app)], [401, 'login_ended'])
    assert.equal((await who(browser, app)).loggedIn, false)
  })
})

describe('The way to the login and back', () => {
  const app = useApp({
    extend: (_app, router, keycloak) => {
      router.post('/order', keycloak.requireLogin(), ctx => {
        ctx.body = 'ordered'
      })
    },
  })

  it('a login that the user cancels is a 403 in words, and the next one works', async () => {
    const browser = new UserAgent()
    const page = await browser.goto(`${app.url}/private`)
    const cancelled = await browser.submit(page, {}, { button: 'cancel' })
    assert.deepEqual([cancelled.status, lastCode(app)], [403, 'access_denied'])
    assert.match(cancelled.body, /cancelled or refused/)
    assert.equal((await browser.login(`${app.url}/private`, 'bob', 'bob')).status, 200)
  })

  it('a wrong password stays at the provider, and nothing is written here', async () => {
    const browser = new UserAgent()
    const page = await browser.goto(`${app.url}/private`)
    const wrong = await browser.submit(page, { username: 'bob', password: 'wrong' })
    assert.ok(wrong.url.startsWith(app.provider.issuer))
    const done = await browser.submit(wrong, { username: 'bob', password: 'bob' })
    assert.equal(done.url, `${app.url}/private`)
  })

  it('a form that was sent without a login leads back to the page that it was on', async () => {
    const browser = new UserAgent()
    const options = { method: 'POST', body: { a: '1' }, from: `${app.url}/?form` }
    const page = await browser.login(`${app.url}/order`, 'bob', 'bob', options)
    assert.deepEqual([page.url, page.hops[0]?.status], [`${app.url}/?form`, 200])
    assert.equal(page.json().username, 'bob')
  })
})
