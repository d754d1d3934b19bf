import assert from 'node:assert/strict'
import Koa from 'koa'
import { createKeycloak, type Middleware } from '../../../src/index.js'
import type { TestAppOptions } from '../../support/app/app.js'
import { requestLogout, startForgedApp, useForgedApp } from '../../support/app/forged-app.js'
import { serve } from '../../support/app/serve.js'
import { sessionStore } from '../../support/app/session-store.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { watchedStore } from '../../support/redis/watched-store.js'
import { useStart } from '../../support/use.js'

/** A page that writes what it is told into the session, and one that shows the session. */
const notes: NonNullable<TestAppOptions['extend']> = (_app, router) => {
  router.get('/note/:note', ctx => {
    ctx.session.note = ctx.params.note
    ctx.body = ''
  })
  router.get('/session', ctx => {
    ctx.body = ctx.session
  })
}

for (const mode of ['cookie', 'store'] as const) {
  describe(`A session of koa-session, kept in a ${mode}`, () => {
    const kept = sessionStore()
    const logins = watchedStore()
    let browser: UserAgent
    const app = useForgedApp({
      store: logins,
      extend: notes,
      session: mode === 'store' ? { store: kept } : {},
    })
    beforeEach(() => {
      browser = new UserAgent()
      app.errors.length = 0
      app.forger.reset()
    })

    const sessionCookie = () => browser.cookies()['koa.sess']
    const sessionNow = async () => (await browser.goto(`${app.url}/session`)).json()

    it('gets a new id at the login, and nothing from before it', async () => {
      await browser.goto(`${app.url}/note/before`)
      const before = sessionCookie()
      assert.ok(before)
      await browser.goto(`${app.url}/private`)
      assert.notEqual(sessionCookie(), before)
      assert.deepEqual(Object.keys(await sessionNow()), ['keycloak'])
      if (mode === 'store') assert.equal(kept.sessions.has(before), false, 'the old session is gone')
    })

    it('gets a new id at the next login of the same user too, and the login before it is ended', async () => {
      await browser.goto(`${app.url}/private`)
      const copy = browser.clone()
      const [before, first] = [sessionCookie(), await sessionNow()]
      await browser.goto(`${app.url}/note/between`)
      await browser.goto(`${app.url}/openid/login`)
      assert.notEqual(sessionCookie(), before)
      assert.deepEqual(Object.keys(await sessionNow()), ['keycloak'])
      assert.notDeepEqual(await sessionNow(), first)
      assert.equal((await who(browser, app)).loggedIn, true)
      assert.deepEqual(await who(copy, app), { loggedIn: false })
    })

    it('holds nothing of the login but an opaque id', async () => {
      await browser.goto(`${app.url}/private`)
      const { keycloak } = (await sessionNow()) as { keycloak: Record<string, string> }
      assert.match(keycloak.keycloak ?? '', /^[\w-]{43}$/)
      assert.equal(Object.keys(keycloak).length, 1)
    })

    it('is empty as soon as its login is gone, whatever the application kept there', async () => {
      await browser.goto(`${app.url}/private`)
      await browser.goto(`${app.url}/note/secret`)
      const before = sessionCookie()
      await requestLogout(app)
      assert.deepEqual(await sessionNow(), {})
      assert.notEqual(sessionCookie(), before)
      if (mode === 'store') assert.equal(kept.sessions.has(before ?? ''), false)
    })

    it('is empty after the logout, and its cookie of before is worth nothing', async () => {
      await browser.goto(`${app.url}/private`)
      await browser.goto(`${app.url}/note/secret`)
      const copy = browser.clone()
      await browser.goto(`${app.url}/openid/logout`)
      assert.deepEqual(await sessionNow(), {})
      assert.deepEqual(await who(copy, app), { loggedIn: false })
      assert.deepEqual((await copy.goto(`${app.url}/session`)).json(), {})
    })

    it('can be written by the very request that finds its login gone', async () => {
      await browser.goto(`${app.url}/private`)
      await requestLogout(app)
      await browser.goto(`${app.url}/note/new`)
      assert.deepEqual(await sessionNow(), { note: 'new' })
    })

    it('is left alone while nobody logs in', async () => {
      await browser.goto(`${app.url}/note/mine`)
      const before = sessionCookie()
      await browser.goto(`${app.url}/`)
      await browser.goto(`${app.url}/private`, { redirects: 0 })
      assert.equal(sessionCookie(), before)
    })

    it('with a login costs one read of the store for a request, and no write; a visitor costs nothing', async () => {
      await browser.goto(`${app.url}/private`)
      logins.calls.length = 0
      await browser.goto(`${app.url}/`)
      assert.deepEqual(logins.calls, ['get'])
      await browser.goto(`${app.url}/private`)
      assert.deepEqual(logins.calls, ['get', 'get'])
      logins.calls.length = 0
      await new UserAgent().goto(`${app.url}/`)
      await new UserAgent().goto(`${app.url}/private`, { redirects: 0 })
      assert.deepEqual(logins.calls, [])
    })

    it('takes no new login while the one before it can not be ended', async () => {
      await browser.goto(`${app.url}/private`)
      const count = async () => (await app.keycloak.logins({ sub: 'user-1' })).length
      const before = await count()
      let failures = 1
      logins.before = operation => {
        if (operation === 'delete' && failures-- > 0) throw new Error('connection lost')
      }
      const page = await browser.goto(`${app.url}/openid/login`)
      logins.before = () => undefined
      assert.deepEqual([page.status, lastCode(app)], [503, 'store_unavailable'])
      assert.equal(await count(), before)
    })

    if (mode === 'store') {
      it('that can not be kept leaves no login behind', async () => {
        const count = async () => (await app.keycloak.logins({ sub: 'user-1' })).length
        const before = await count()
        const { set } = kept
        kept.set = () => Promise.reject(new Error('connection lost'))
        const page = await browser.goto(`${app.url}/private`)
        kept.set = set
        assert.equal(page.status, 500)
        assert.equal(await count(), before)
        assert.equal((await who(browser, app)).loggedIn, false)
      })
    }
  })
}

describe('A session that is not there or not of use', () => {
  const start = useStart(startForgedApp)
  const startServing = useStart(serve)

  async function answer(...before: Middleware[]) {
    const errors: { code?: string }[] = []
    const forged = await start()
    const app = new Koa({ keys: ['a key'] })
    app.on('error', error => errors.push(error))
    const { provider: _, ...keycloak } = createKeycloak({
      configuration: forged.forger.discoveryUrl,
      clientId: 'app',
      clientSecret: 'app-secret',
    })
    for (const middleware of before) app.use(middleware)
    app.use(keycloak.routes())
    const { url } = await startServing(app)
    const page = await new UserAgent().goto(`${url}/openid/login`)
    return { status: page.status, code: errors.at(-1)?.code, body: page.body }
  }

  it('no koa-session: says so to the developer, not to the visitor', async () => {
    const { status, code, body } = await answer()
    assert.deepEqual([status, code, body], [500, 'session_missing', 'Internal Server Error'])
  })

  it('a session that can not change its id: no login', async () => {
    const { status, code } = await answer((ctx, next) => {
      ctx.session = {}
      return next()
    })
    assert.deepEqual([status, code], [500, 'session_unusable'])
  })

  it('no app.keys: says so', async () => {
    const { status, code } = await answer((ctx, next) => {
      ctx.session = {}
      Object.assign(ctx.app, { keys: undefined })
      return next()
    })
    assert.deepEqual([status, code], [500, 'keys_missing'])
  })

  it('unsigned koa-session: the login id alone keeps strangers out', async () => {
    const app = await start({ session: { signed: false } })
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    assert.equal((await who(browser, app)).loggedIn, true)
    const forged = Buffer.from(JSON.stringify({ keycloak: { keycloak: 'x'.repeat(43) } })).toString('base64')
    const page = await new UserAgent().goto(`${app.url}/`, { headers: { cookie: `koa.sess=${forged}` } })
    assert.equal(page.json().loggedIn, false)
  })
})
