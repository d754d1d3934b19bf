import assert from 'node:assert/strict'
import { memoryStore } from '../../../src/index.js'
import { startApp, type TestAppOptions, useApp } from '../../support/app/app.js'
import { startForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { useStart } from '../../support/use.js'

describe('Logging out', () => {
  let browser: UserAgent
  const app = useApp()
  beforeEach(async () => {
    browser = new UserAgent()
    app.errors.length = 0
    await browser.login(`${app.url}/private`, 'alice', 'alice')
  })

  it('by a link ends the login here and at the provider, and comes to the first page', async () => {
    const page = await browser.goto(`${app.url}/openid/logout`, { from: app.url })
    assert.deepEqual([page.url, page.json().loggedIn], [`${app.url}/`, false])
    assert.ok(page.hops.some(({ url }) => url.startsWith(`${app.provider.issuer}/`)))
    const again = await browser.goto(`${app.url}/private`)
    assert.ok('password' in again.form().fields, 'the provider asks for the password')
  })

  it('by a form comes to the page that it names, with its state', async () => {
    const page = await browser.goto(`${app.url}/openid/logout`, {
      method: 'POST',
      body: { redirectUri: '/bye', state: 's 1' },
      from: app.url,
    })
    assert.equal(page.url, `${app.url}/bye?state=s+1`)
    assert.equal(page.hops[0]?.status, 200, 'a page that goes on: Chromium judges redirects by form-action')
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('by a script ends the login here, and tells the page where to go', async () => {
    for (const [method, headers] of [
      ['GET', {}],
      ['POST', {}],
      ['POST', { accept: 'application/json' }],
      ['POST', { 'sec-fetch-mode': 'same-origin' }],
      ['POST', { 'sec-fetch-mode': '', 'sec-fetch-site': '', origin: app.url }],
    ] as [string, Record<string, string>][]) {
      await browser.login(`${app.url}/private`, 'alice', 'alice')
      const url = `${app.url}/openid/logout?redirectUri=/bye&state=s1`
      const answer = await browser.fetch(url, { method, headers })
      assert.deepEqual([answer.status, answer.header('cache-control')], [200, 'no-store'])
      assert.equal((await who(browser, app)).loggedIn, false)
      const { logout } = answer.json<{ logout: string }>()
      assert.ok(logout.startsWith(`${app.provider.issuer}/`))
      assert.equal((await browser.goto(logout)).url, `${app.url}/bye?state=s1`)
    }
  })

  it('by a form without fields reads the address', async () => {
    const options = { method: 'POST', from: app.url }
    const page = await browser.goto(`${app.url}/openid/logout?redirectUri=/bye`, options)
    assert.equal(page.url, `${app.url}/bye`)
  })

  it('sends the provider what it needs to ask nothing, and never stores the answer', async () => {
    const page = await browser.goto(`${app.url}/openid/logout?state=s1`, { redirects: 0 })
    const url = new URL(page.header('location'))
    assert.equal(page.header('cache-control'), 'no-store')
    assert.doesNotMatch(page.body, /eyJ/)
    const { id_token_hint, ...params } = Object.fromEntries(url.searchParams)
    assert.match(id_token_hint ?? '', /^eyJ/)
    assert.deepEqual(params, {
      client_id: 'app',
      post_logout_redirect_uri: `${app.url}/`,
      state: 's1',
    })
  })

  it('ends here first: also when the browser never arrives at the provider', async () => {
    await browser.goto(`${app.url}/openid/logout`, { redirects: 0 })
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('when the login is long gone still logs out at the provider', async () => {
    await app.keycloak.endLogins({ sid: (await who(browser, app)).sid ?? '' })
    const page = await browser.goto(`${app.url}/openid/logout`)
    assert.equal(page.status, 200)
    assert.ok(page.url.startsWith(app.provider.issuer), 'without a hint the provider asks first')
    const done = await browser.submit(page, {}, { button: page.form().fields.logout ? 'logout' : 'yes' })
    assert.equal(done.url, `${app.url}/`)
  })

  it('a visitor who was never logged in is sent on as well', async () => {
    const page = await new UserAgent().goto(`${app.url}/openid/logout?redirectUri=/bye`)
    assert.equal(page.url, `${app.url}/bye`)
  })

  it('HEAD, PUT and a prefetch log nobody out', async () => {
    for (const [method, headers, status] of [
      ['HEAD', {}, 405],
      ['PUT', {}, 404],
      ['GET', { 'sec-purpose': 'prefetch' }, 403],
      ['GET', { 'sec-purpose': 'prefetch;prerender' }, 403],
      ['GET', { purpose: 'prefetch' }, 403],
    ] as const) {
      const page = await browser.goto(`${app.url}/openid/logout`, { method, headers, redirects: 0 })
      assert.equal(page.status, status)
      assert.equal((await who(browser, app)).loggedIn, true)
    }
  })

  it('a body that is no form is refused, and nobody is logged out', async () => {
    const options = { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }
    const page = await browser.fetch(`${app.url}/openid/logout`, options)
    assert.deepEqual([page.status, lastCode(app)], [415, 'unsupported_media_type'])
    assert.equal((await who(browser, app)).loggedIn, true)
  })
})

describe('Logging out where the provider does not help', () => {
  let browser: UserAgent
  const startForged = useStart(startForgedApp)
  const startOther = useStart(startApp)
  const start = async (options: TestAppOptions) => {
    const app = await startForged(options)
    browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    return app
  }

  it('has no endpoint for it: ends here, and goes straight to the page that is named, with the state', async () => {
    const app = await start({ configurationMaxAge: 0.001 })
    app.forger.knobs.metadata = { end_session_endpoint: undefined }
    const page = await browser.goto(`${app.url}/openid/logout?redirectUri=/bye?a=1&state=s1`)
    assert.deepEqual([page.url, page.hops.length], [`${app.url}/bye?a=1&state=s1`, 2])
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  for (const [state, mischief] of [
    ['away', 'drop'],
    ['no OpenID provider any more', { status: 404, body: 'Not here' }],
    ['answering nonsense', 'html'],
  ] as const) {
    it(`is ${state}, and has been since this process started: ends here all the same`, async () => {
      const store = memoryStore()
      const app = await start({ store })
      app.forger.knobs.mischief.discovery = mischief
      // Another process of the same application: same keys, same store of logins.
      const configuration = app.forger.discoveryUrl
      const other = await startOther({ discoveryUrl: configuration, addClient: async () => {} }, { store })
      assert.equal((await who(browser, other)).loggedIn, true)
      const page = await browser.goto(`${other.url}/openid/logout?redirectUri=/bye&state=s1`)
      assert.equal(page.url, `${other.url}/bye?state=s1`)
      assert.equal((await who(browser, other)).loggedIn, false)
      assert.equal((await who(browser, app)).loggedIn, false)
      assert.ok(other.errors.length > 0, 'the operator is told')
    })
  }
})
