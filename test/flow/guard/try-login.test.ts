import assert from 'node:assert/strict'
import type Router from '@koa/router'
import { tryLogin } from '../../../src/index.js'
import { useApp } from '../../support/app/app.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import type { Page } from '../../support/browser/page.js'
import { type GoOptions, UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

/** A page that is open to everybody, and tells who is there. */
function addOpen(router: Router, ...guards: ReturnType<typeof tryLogin>[]): void {
  router.all('/open', ...guards, ctx => {
    ctx.body = { loggedIn: ctx.state.keycloak.loggedIn }
  })
}

const asked = (page: Page) => page.hops.filter(({ url }) => url.includes('prompt=none')).length

describe('tryLogin', () => {
  let browser: UserAgent
  const app = useApp({
    extend: (_, router, keycloak) => addOpen(router, keycloak.tryLogin()),
  })
  beforeEach(() => {
    browser = new UserAgent()
  })

  async function open(options: GoOptions = {}): Promise<Page> {
    return browser.goto(`${app.url}/open?a=1`, options)
  }

  it('logs a user in whom the provider knows, without a question, and comes back to the page', async () => {
    await browser.login(`${app.url}/private`, 'alice', 'alice')
    await app.keycloak.endLogins({ sid: (await who(browser, app)).sid ?? '' })
    const page = await open()
    assert.deepEqual([page.url, page.json().loggedIn, asked(page)], [`${app.url}/open?a=1`, true, 1])
    assert.equal(page.header('cache-control'), 'no-store')
  })

  it('shows the page to a visitor whom the provider does not know, and asks once a session', async () => {
    const first = await open()
    assert.deepEqual([first.url, first.json().loggedIn, asked(first)], [`${app.url}/open?a=1`, false, 1])
    assert.equal((await open()).hops.length, 1)
    assert.deepEqual(app.errors, [])
  })

  it('asks nothing for a user who is logged in', async () => {
    await browser.login(`${app.url}/private`, 'alice', 'alice')
    const page = await open()
    assert.deepEqual([page.json().loggedIn, page.hops.length], [true, 1])
  })

  it('after a logout does not log in again, not even while the provider still knows the user', async () => {
    await browser.login(`${app.url}/private`, 'alice', 'alice')
    await browser.goto(`${app.url}/openid/logout`, { redirects: 0 })
    const page = await open()
    assert.deepEqual([page.json().loggedIn, page.hops.length], [false, 1])
  })

  for (const [what, options] of [
    ['a script', { headers: { 'sec-fetch-mode': 'cors', 'sec-fetch-dest': 'empty', accept: '*/*' } }],
    ['a form', { method: 'POST', body: { a: '1' } }],
    ['HEAD', { method: 'HEAD' }],
    ['a frame', { headers: { 'sec-fetch-dest': 'iframe' } }],
    ['a prefetch', { headers: { 'sec-purpose': 'prefetch' } }],
    ['a program', { headers: { 'sec-fetch-mode': '', 'sec-fetch-dest': '', accept: '*/*' } }],
  ] as [string, GoOptions][]) {
    it(`lets ${what} pass as it comes`, async () => {
      const page = await open(options)
      assert.deepEqual([page.status, page.hops.length], [200, 1])
      assert.deepEqual(browser.cookies(), {})
    })
  }

  it('asks for an old browser, which does not say where its page goes, and only over http', async () => {
    const old = { 'sec-fetch-mode': '', 'sec-fetch-dest': '' }
    assert.equal(asked(await open({ headers: old })), 1)
    app.app.proxy = true
    try {
      browser = new UserAgent()
      const page = await open({ headers: { ...old, 'x-forwarded-proto': 'https' } })
      assert.equal(page.hops.length, 1, 'over https it may as well be a crawler, which keeps no cookies')
    } finally {
      app.app.proxy = false
    }
  })

  it('lets a page pass whose address is too long to come back to', async () => {
    const page = await browser.goto(`${app.url}/open?a=${'a'.repeat(1200)}`)
    assert.deepEqual([page.hops.length, page.json().loggedIn], [1, false])
  })

  it('reload and back button on the callback lead to the application', async () => {
    const page = await open()
    const callback = page.hops.find(({ url }) => url.includes('/openid/auth?'))?.url ?? ''
    assert.equal((await browser.goto(callback)).url, `${app.url}/`)
  })
})

describe('tryLogin, where the provider answers', () => {
  let browser: UserAgent
  const clock = fakeClock()
  const app = useForgedApp(
    {
      now: clock.now,
      extend: (_, router, keycloak) => {
        addOpen(router, tryLogin(keycloak.provider, { every: 600 }))
      },
    },
    { now: clock.now },
  )
  beforeEach(() => {
    browser = new UserAgent()
    app.errors.length = 0
    app.forger.knobs.authorization = {}
    app.forger.knobs.mischief = {}
  })

  for (const error of [
    'login_required',
    'interaction_required',
    'consent_required',
    'account_selection_required',
    'temporarily_unavailable',
    'access_denied',
  ]) {
    it(`${error}: the visitor sees the page, without a login`, async () => {
      app.forger.knobs.authorization = { code: undefined, error }
      const page = await browser.goto(`${app.url}/open`)
      assert.deepEqual([page.url, page.status, page.json().loggedIn], [`${app.url}/open`, 200, false])
      assert.deepEqual(
        Object.keys(browser.cookies()).filter(name => name.includes('login')),
        [],
      )
    })
  }

  it('to a browser that keeps no cookies: one error, and no circle', async () => {
    app.forger.knobs.authorization = { code: undefined, error: 'login_required' }
    let url = `${app.url}/open`
    const statuses: number[] = []
    for (let hops = 0; hops < 10; hops++) {
      const page = await new UserAgent().goto(url, { redirects: 0 })
      statuses.push(page.status)
      if (page.status !== 302 && page.status !== 303) break
      url = new URL(page.header('location'), url).href
    }
    assert.deepEqual(statuses.at(-1), 400)
    assert.ok(statuses.length < 5)
    assert.equal(lastCode(app), 'login_unknown')
  })

  it('no tokens: the page is shown all the same, and the operator is told', async () => {
    app.forger.knobs.mischief = { token: 'error' }
    const page = await browser.goto(`${app.url}/open`)
    assert.deepEqual([page.status, page.json().loggedIn], [200, false])
    assert.equal(lastCode(app), 'provider_unavailable')
  })

  it('nothing any more: visitors are not sent to it', async () => {
    app.forger.knobs.mischief = { token: 'drop' }
    await browser.goto(`${app.url}/open`)
    assert.equal(app.keycloak.health().provider.state, 'down')
    const page = await new UserAgent().goto(`${app.url}/open`)
    assert.deepEqual([page.hops.length, page.json().loggedIn], [1, false])
    app.forger.knobs.mischief = {}
    await new UserAgent().goto(`${app.url}/private`)
    assert.equal(asked(await new UserAgent().goto(`${app.url}/open`)), 1)
  })

  it('asks again after `every` seconds', async () => {
    app.forger.knobs.authorization = { code: undefined, error: 'login_required' }
    await browser.goto(`${app.url}/open`)
    const mark = browser.jar.all().find(({ name }) => name.startsWith('keycloak.tried'))
    const left = ((mark?.expiresAt ?? 0) - Date.now()) / 1000
    assert.ok(left > 590 && left <= 600, `${left}`)
  })
})

describe('tryLogin while the provider is away', () => {
  const app = useForgedApp({ extend: (_, router, keycloak) => addOpen(router, keycloak.tryLogin()) })

  it('and has been since the application started: visitors see the page', async () => {
    app.forger.knobs.mischief.discovery = 'drop'
    const page = await new UserAgent().goto(`${app.url}/open`)
    assert.deepEqual([page.status, page.hops.length, page.json().loggedIn], [200, 1, false])
    assert.equal(lastCode(app), 'provider_unavailable')
  })
})

describe('tryLogin, when the session does not come back', () => {
  // koa-session hands the path to the cookie, though its types do not know it.
  const session: object = { path: '/openid' }
  const app = useForgedApp({ session, extend: (_, router, keycloak) => addOpen(router, keycloak.tryLogin()) })

  it('shows the page without a login, and does not go round in circles', async () => {
    const page = await new UserAgent().goto(`${app.url}/open`)
    assert.deepEqual([page.status, page.json().loggedIn, asked(page)], [200, false, 1])
  })
})
