import assert from 'node:assert/strict'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak, type KeycloakError, logOut, memoryStore } from '../../../src/index.js'
import { type ForgedApp, requestLogout, startForgedApp, useForgedApp } from '../../support/app/forged-app.js'
import { serve } from '../../support/app/serve.js'
import type { Page } from '../../support/browser/page.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import { startForger } from '../../support/forger/forger.js'
import { type Balancer, startBalancer } from '../../support/process/balancer.js'

/** koa-session hands it to the cookie, though its types do not know it. */
const ELSEWHERE: object = { path: '/openid' }

type Told = Pick<ForgedApp, 'errors'>

/** One clear error after at most so many logins, in the log and in the answer. */
function assertLost(page: Page, app: Told, reason: string, logins = 2): void {
  assert.equal(page.status, 500)
  assert.equal(page.hops.filter(({ url }) => url.includes('/openid/auth?')).length, logins)
  assert.match(page.header('content-type'), /html/)
  for (const cause of ['session()', 'sameSite', 'secure', 'autoCommit', 'store']) {
    assert.ok(page.text.includes(cause), `the answer names ${cause}`)
  }
  const errors = app.errors as KeycloakError[]
  assert.deepEqual(
    errors.map(({ code, reason }) => [code, reason]),
    [['login_lost', reason]],
  )
  assert.match(errors[0]?.stack ?? '', /^LoginError \[login_lost\]: .*sameSite/)
}

describe('A login that was bound and is not there', () => {
  let app: ForgedApp | undefined
  let browser: UserAgent
  beforeEach(() => {
    browser = new UserAgent()
  })
  afterEach(async () => {
    await app?.close()
    app = undefined
  })

  it('because nothing commits the session: autoCommit false', async () => {
    app = await startForgedApp({ session: { autoCommit: false } })
    assertLost(await browser.goto(`${app.url}/private`), app, 'session_not_back')
  })

  it('because the session cookie has another path', async () => {
    app = await startForgedApp({ session: ELSEWHERE })
    assertLost(await browser.goto(`${app.url}/private`), app, 'session_not_back')
  })

  it('because the session cookie is SameSite=Strict and the provider another site', async () => {
    app = await startForgedApp({ session: { sameSite: 'strict' } })
    const page = await browser.goto(`${app.url}/private`, { site: 'cross-site' })
    assertLost(page, app, 'session_not_back')
  })

  it('because the session cookie is Secure and the browser uses http', async () => {
    // A proxy says https where the browser knows http; without one koa-session itself refuses.
    const headers = { 'x-forwarded-proto': 'https' }
    const { errors, page } = await visit(headers, (koa, routes, pages) => {
      koa.proxy = true
      koa
        .use(session({ secure: true }, koa))
        .use(routes)
        .use(pages)
    })
    assertLost(page, { errors }, 'session_not_back')
  })

  it('because session() comes after routes()', async () => {
    const { errors, page } = await visit({}, (koa, routes, pages) => {
      koa.use(routes).use(session({}, koa)).use(pages)
    })
    assertLost(page, { errors }, 'session_not_back')
  })

  /** Visits a page that wants a login, of an application that is put together in this way. */
  async function visit(
    headers: Record<string, string>,
    lay: (koa: Koa, routes: Koa.Middleware, pages: Koa.Middleware) => void,
  ) {
    const forger = await startForger({ clientSecret: 'app-secret' })
    const errors: Error[] = []
    const served = await serve(baseUrl => {
      const { discoveryUrl: configuration, clientId } = forger
      const keycloak = createKeycloak({ configuration, clientId, clientSecret: 'app-secret', baseUrl })
      const koa = new Koa({ keys: ['a key for tests'] })
      koa.on('error', error => errors.push(error))
      const pages = new Router().get('/private', keycloak.requireLogin(), ctx => {
        ctx.body = 'private'
      })
      lay(koa, keycloak.routes(), pages.routes() as unknown as Koa.Middleware)
      return koa
    })
    try {
      return { errors, page: await browser.goto(`${served.url}/private`, { headers }) }
    } finally {
      await served.close()
      await forger.close()
    }
  }

  it('missed once, a script is asked to log in: the login may have been ended meanwhile', async () => {
    app = await startForgedApp({ session: ELSEWHERE })
    await browser.goto(`${app.url}/openid/login?returnTo=/`)
    const answer = await browser.fetch(`${app.url}/private`)
    assert.deepEqual([answer.status, answer.json().error], [401, 'login_required'])
  })

  it('a reload after the error is a new try', async () => {
    app = await startForgedApp({ session: ELSEWHERE })
    await browser.goto(`${app.url}/private`)
    app.errors.length = 0
    assertLost(await browser.goto(`${app.url}/private`), app, 'session_not_back')
  })
})

describe('Two processes without a common store', () => {
  let balancer: Balancer
  const apps: ForgedApp[] = []
  before(async () => {
    balancer = await startBalancer()
    const first = await startForgedApp({ baseUrl: balancer.url, store: memoryStore() })
    const second = await startForgedApp({
      baseUrl: balancer.url,
      store: memoryStore(),
      configuration: first.forger.discoveryUrl,
    })
    apps.push(first, second)
    balancer.targets.push(first.url, second.url)
  })
  after(async () => {
    await balancer.close()
    for (const app of apps) await app.close()
  })

  it('end in one clear error', async () => {
    const page = await new UserAgent().goto(`${balancer.url}/private`)
    assertLost(page, { errors: apps.flatMap(({ errors }) => errors) }, 'not_in_store', 4)
  })
})

describe('A login that is rightly begun again at once', () => {
  const clock = fakeClock()
  let browser: UserAgent
  const app = useForgedApp(
    {
      now: clock.now,
      extend: (_, router, keycloak) => {
        router.get('/out', ctx => logOut(keycloak.provider, ctx, { redirectUri: '/' }))
      },
    },
    { now: clock.now },
  )
  beforeEach(() => {
    browser = new UserAgent()
    app.errors.length = 0
  })

  /** As far as the callback's answer: the page that the login was for is not asked for. */
  async function logInOnly(): Promise<void> {
    const begun = await browser.goto(`${app.url}/private`, { redirects: 0 })
    const callback = await browser.goto(begun.header('location'), { redirects: 0 })
    const bound = await browser.goto(callback.header('location'), { redirects: 0 })
    assert.equal(bound.header('location'), '/private')
    assert.ok(browser.cookies()['keycloak.bound'])
  }
  const comesIn = async () => assert.equal((await browser.goto(`${app.url}/private`)).status, 200)

  it('the first request with the login takes the mark away', async () => {
    await comesIn()
    assert.deepEqual(Object.keys(browser.cookies()), ['koa.sess', 'koa.sess.sig'])
  })

  for (const [way, path] of [
    ['by the route', '/openid/logout'],
    ['by the application’s own code', '/out'],
  ]) {
    it(`after a logout ${way}, before any request of the login`, async () => {
      await logInOnly()
      await browser.goto(app.url + path, { redirects: 0 })
      assert.equal(browser.cookies()['keycloak.bound'], undefined)
      await comesIn()
    })
  }

  it('after a logout request that ended it meanwhile', async () => {
    await logInOnly()
    await app.keycloak.endLogins({ sub: 'user-1' })
    clock.advance(1)
    await comesIn()
  })

  it('after several logout requests, each of which ended one before its first request', async () => {
    for (let n = 0; n < 4; n++) {
      await logInOnly()
      assert.equal((await requestLogout(app, { sub: undefined })).status, 200)
      clock.advance(1)
    }
    await comesIn()
    assert.deepEqual(app.errors, [])
  })

  it('after several logout requests, for a request that comes when the session is cleared already', async () => {
    for (let n = 0; n < 3; n++) {
      await logInOnly()
      assert.equal((await requestLogout(app, { sub: undefined })).status, 200)
      clock.advance(1)
    }
    const cookies = browser.jar.all().filter(({ name }) => !name.startsWith('koa.sess'))
    browser.jar.clear()
    browser.jar.store(
      new URL(app.url),
      cookies.map(({ name, value }) => `${name}=${value}; path=/`),
    )
    await comesIn()
    assert.deepEqual(app.errors, [])
  })

  it('after half a minute', async () => {
    await logInOnly()
    clock.advance(31)
    const jar = browser.jar.all().filter(({ name }) => !name.startsWith('koa.sess'))
    assert.ok(jar.some(({ name }) => name === 'keycloak.bound'))
    browser.jar.clear()
    browser.jar.store(
      new URL(app.url),
      jar.map(({ name, value }) => `${name}=${value}; path=/`),
    )
    await comesIn()
    assert.deepEqual(app.errors, [])
  })

  it('with a mark that this application has not signed', async () => {
    browser.jar.store(new URL(app.url), ['keycloak.bound=zzzzzzz|1.abc; path=/'])
    await comesIn()
  })
})
