import assert from 'node:assert/strict'
import {
  bearer,
  discovery,
  loadLogin,
  type Middleware,
  requireLogin,
  requireRole,
} from '../../../src/index.js'
import { startApp, useApp, useProvider } from '../../support/app/app.js'
import { lastCode } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { useStart } from '../../support/use.js'

describe('Guards', () => {
  let alice: UserAgent
  let bob: UserAgent
  const app = useApp({
    extend: (_app, router, keycloak) => {
      const done: Middleware = async ctx => {
        ctx.body = 'done'
      }
      router.all('/any', keycloak.requireLogin(), done)
      router.get('/editor', keycloak.requireRole({ client: 'app', role: 'editor' }), done)
      router.get('/either', keycloak.requireRole('nobody', { client: 'app', role: 'editor' }), done)
      router.get('/both', keycloak.requireRole('admin'), keycloak.requireRole('nobody'), done)
      router.get('/twice', keycloak.requireLogin(), keycloak.requireLogin(), done)
      router.get('/cached', keycloak.requireLogin(), async ctx => {
        ctx.set('Cache-Control', 'private, max-age=60')
        ctx.body = 'cached'
      })
      router.get('/odd', keycloak.requireRole({ client: '__proto__', role: 'x' }), done)
    },
  })
  before(async () => {
    alice = new UserAgent()
    bob = new UserAgent()
    await alice.login(`${app.url}/private`, 'alice', 'alice')
    await bob.login(`${app.url}/private`, 'bob', 'bob')
  })
  beforeEach(() => {
    app.errors.length = 0
  })

  it('what passes is no-store, unless the application says otherwise', async () => {
    for (const [path, expected] of [
      ['/any', 'no-store'],
      ['/editor', 'no-store'],
      ['/cached', 'private, max-age=60'],
      ['/', ''],
    ] as const) {
      assert.equal((await alice.goto(app.url + path)).header('cache-control'), expected, path)
    }
  })

  it('a role of the realm or of a client lets pass; one that is missing is a 403, never a login', async () => {
    for (const [path, expected] of [
      ['/admin', [200, 403]],
      ['/editor', [200, 403]],
      ['/either', [200, 403]],
      ['/both', [403, 403]],
      ['/twice', [200, 200]],
      ['/odd', [403, 403]],
    ] as const) {
      const pages = [await alice.goto(app.url + path), await bob.goto(app.url + path)]
      assert.deepEqual(
        pages.map(({ status }) => status),
        expected,
        path,
      )
      assert.deepEqual(
        pages.map(({ hops }) => hops.length),
        [1, 1],
      )
    }
    assert.equal(lastCode(app), 'role_missing')
  })

  it('a browser without a login goes to the login, also where a role is asked for, and comes back', async () => {
    const browser = new UserAgent()
    const page = await browser.login(`${app.url}/editor?a=1#x`.replace('#x', ''), 'alice', 'alice')
    assert.deepEqual([page.url, page.body], [`${app.url}/editor?a=1`, 'done'])
  })

  it('anything that is no navigation gets 401 in JSON with the way to the login', async () => {
    const browser = new UserAgent()
    const ajax = { accept: 'text/html', 'sec-fetch-mode': '', 'x-requested-with': 'XMLHttpRequest' }
    for (const [method, headers] of [
      ['GET', {}],
      ['POST', {}],
      ['DELETE', {}],
      ['GET', { accept: 'text/html' }],
      ['GET', ajax],
      ['GET', { 'sec-fetch-mode': '', accept: 'application/json' }],
      ['GET', { 'sec-fetch-mode': 'websocket' }],
      ['GET', { 'sec-fetch-mode': 'navigate', 'sec-purpose': 'prefetch' }],
    ] as const) {
      const answer = await browser.fetch(`${app.url}/any`, { method, headers })
      assert.equal(answer.status, 401)
      assert.equal(answer.json().error, 'login_required')
      assert.equal(answer.json().login, '/openid/login')
      assert.equal(answer.header('cache-control'), 'no-store')
      assert.match(answer.header('www-authenticate'), /^Cookie /)
      assert.deepEqual(Object.keys(browser.cookies()), [], 'no login was begun')
    }
  })

  it('a form without a login goes on by a page, which comes back to where the form was', async () => {
    const browser = new UserAgent()
    const options = { method: 'POST', body: { a: '1' }, from: `${app.url}/form` }
    const page = await browser.goto(`${app.url}/any`, { ...options, redirects: 0 })
    assert.equal(page.status, 200)
    assert.ok(page.goesOnTo?.startsWith(app.provider.issuer))
    assert.equal(page.links[0], page.goesOnTo)
    assert.doesNotMatch(page.header('content-security-policy'), /form-action/)
    assert.equal((await browser.login(`${app.url}/any`, 'alice', 'alice', options)).url, `${app.url}/form`)
  })

  it('an old browser, without Sec-Fetch-Mode, is known by what it accepts', async () => {
    const headers = { 'sec-fetch-mode': '', accept: 'text/html,*/*' }
    const page = await new UserAgent().goto(`${app.url}/any`, { headers, redirects: 0 })
    assert.equal(page.status, 302)
  })

  it('a page whose address is too long for a cookie leads to the first page afterwards', async () => {
    const browser = new UserAgent()
    const page = await browser.login(`${app.url}/private?a=${'a'.repeat(1200)}`, 'bob', 'bob')
    assert.equal(page.url, `${app.url}/`)
    assert.equal(page.json().username, 'bob')
  })
})

describe('Pieces in an order of one`s own', () => {
  const provider = useProvider()
  const start = useStart(startApp)

  it('a login is loaded although another piece has left something before', async () => {
    const app = await start(provider, {
      extend: ({ middleware }, router, { provider: p }) => {
        middleware.splice(1, 0, discovery(p) as never)
        router.get('/api', bearer(p), loadLogin(p), requireLogin(p), ctx => {
          ctx.body = ''
        })
      },
    })
    const browser = new UserAgent()
    const page = await browser.login(`${app.url}/private`, 'bob', 'bob')
    assert.deepEqual([page.status, page.json().username], [200, 'bob'])
  })

  it('a guard without the login loaded says what is missing, whatever else ran', async () => {
    const app = await start(provider, {
      extend: ({ middleware }, _router, { provider: p }) => {
        middleware.splice(1, 0, async (ctx, next) => {
          const guard = ctx.path === '/role' ? requireRole(p, 'x') : requireLogin(p)
          await discovery(p)(ctx, async () => {})
          if (ctx.path !== '/fine') await guard(ctx, next)
        })
      },
    })
    for (const path of ['/role', '/login']) {
      assert.equal((await new UserAgent().goto(app.url + path)).status, 500)
      assert.equal(lastCode(app), 'piece_missing')
    }
  })
})
