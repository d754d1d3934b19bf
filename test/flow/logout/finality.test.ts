import assert from 'node:assert/strict'
import redisSessions, { type RedisStore } from 'koa-redis'
import type { SessionOptions } from 'koa-session'
import { type Deferred, deferred } from '../../../example/support/deferred.js'
import { memoryStore, type Store } from '../../../src/index.js'
import type { TestAppOptions } from '../../support/app/app.js'
import { requestLogout, useForgedApp } from '../../support/app/forged-app.js'
import { sessionStore } from '../../support/app/session-store.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import { useRedis } from '../../support/redis/redis.js'
import { watchedStore } from '../../support/redis/watched-store.js'
import { use } from '../../support/use.js'

interface Setup {
  store: Store | RedisStore
  session: Partial<SessionOptions>
}

function isFinal(setup: () => Setup): void {
  const clock = fakeClock()
  let inside: Deferred<void>
  let hold: Deferred<void>
  const pages: NonNullable<TestAppOptions['extend']> = (_app, router) => {
    router.get('/slow/:what', async ctx => {
      inside.resolve()
      await hold.promise
      if (ctx.params.what === 'write') ctx.session.note = 'written'
      ctx.body = { loggedIn: ctx.state.keycloak.loggedIn }
    })
  }
  const app = useForgedApp(() => ({ ...setup(), extend: pages, now: clock.now }), { now: clock.now })
  beforeEach(() => {
    inside = deferred()
    hold = deferred()
    app.forger.reset()
  })

  for (const what of ['read', 'write']) {
    it(`a request that was running, and does ${what} the session, brings no login back`, async () => {
      const browser = new UserAgent()
      await browser.goto(`${app.url}/private`)
      const running = browser.goto(`${app.url}/slow/${what}`)
      await inside.promise
      assert.equal((await requestLogout(app)).status, 200)
      hold.resolve()
      await running
      assert.deepEqual(await who(browser, app), { loggedIn: false })
    })
  }

  it('a request that was renewing the tokens brings no login back', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    clock.advance(295)
    const release = app.forger.hold('token')
    const running = browser.goto(`${app.url}/`)
    await app.forger.arrived('token', 2)
    assert.equal((await requestLogout(app)).status, 200)
    release()
    assert.deepEqual((await running).json(), { loggedIn: false })
    assert.deepEqual(await who(browser, app), { loggedIn: false })
  })

  it('a request whose renewal fails is not let in by a login that was ended meanwhile', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    clock.advance(295)
    app.forger.knobs.mischief.token = 'error'
    const release = app.forger.hold('token')
    const running = browser.goto(`${app.url}/`)
    await app.forger.arrived('token', 2)
    assert.equal((await requestLogout(app)).status, 200)
    release()
    assert.deepEqual((await running).json(), { loggedIn: false })
    clock.advance(6) // the pause after a failed renewal
  })

  it('a login by the session that was ended does not come about', async () => {
    app.forger.knobs.sid = `session-${clock.now()}`
    const browser = new UserAgent()
    const begun = await browser.goto(`${app.url}/private`, { redirects: 0 })
    const back = await browser.goto(begun.header('location'), { redirects: 0 })
    const { sid } = app.forger.knobs
    assert.equal((await requestLogout(app, { sid, sub: 'user-1' })).status, 200)
    const page = await browser.goto(back.header('location'))
    assert.deepEqual([page.status, lastCode(app)], [401, 'login_ended'])
    assert.deepEqual(await who(browser, app), { loggedIn: false })
    clock.advance(1)
  })

  it('a copy of every cookie is worth nothing after the logout', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    const copy = browser.clone()
    const running = copy.goto(`${app.url}/slow/write`)
    await inside.promise
    await browser.goto(`${app.url}/openid/logout`)
    hold.resolve()
    await running
    assert.deepEqual(await who(copy, app), { loggedIn: false })
    assert.deepEqual(await who(browser, app), { loggedIn: false })
  })
}

describe('A logout is final', () => {
  describe('with sessions in a cookie', () => {
    isFinal(() => ({ store: memoryStore(), session: {} }))
  })
  describe('with rolling sessions in a cookie', () => {
    isFinal(() => ({ store: memoryStore(), session: { rolling: true } }))
  })
  describe('with sessions in memory', () => {
    isFinal(() => ({ store: memoryStore(), session: { store: sessionStore() } }))
  })
  describe('with rolling sessions in memory', () => {
    isFinal(() => ({ store: memoryStore(), session: { store: sessionStore(), rolling: true } }))
  })

  describe('with sessions and logins in Redis, by koa-redis', () => {
    const server = useRedis()
    const redis = use<RedisStore>(
      () => redisSessions({ url: server.url }),
      ({ client }) => client.disconnect(),
    )
    isFinal(() => ({ store: redis, session: { store: redis } }))
    describe('rolling', () => {
      isFinal(() => ({ store: redis, session: { store: redis, rolling: true } }))
    })
  })
})

describe('The store of logins is away', () => {
  const store = watchedStore()
  const app = useForgedApp({ store, storeTimeout: 0.2 })
  beforeEach(() => {
    app.errors.length = 0
  })
  afterEach(() => {
    store.broken = false
    store.before = () => undefined
  })

  it('a visitor is served', async () => {
    store.broken = true
    assert.deepEqual(await who(new UserAgent(), app), { loggedIn: false })
  })

  for (const state of ['broken', 'silent']) {
    it(`a logged-in user gets a 503 while it is ${state}, keeps the cookie, and is logged in afterwards`, async () => {
      const browser = new UserAgent()
      await browser.goto(`${app.url}/private`)
      const cookies = browser.cookies()
      store.broken = state === 'broken'
      if (state === 'silent') store.before = () => new Promise(() => {})
      for (const path of ['/', '/private', '/openid/login', '/openid/logout']) {
        const page = await browser.goto(`${app.url}${path}`)
        assert.deepEqual([page.status, lastCode(app)], [503, 'store_unavailable'], path)
        assert.ok(Number(page.header('retry-after')) >= 1)
        assert.deepEqual(browser.cookies(), cookies)
      }
      store.broken = false
      store.before = () => undefined
      assert.equal((await who(browser, app)).loggedIn, true)
    })
  }

  it('nobody can log in', async () => {
    const browser = new UserAgent()
    store.broken = true
    const page = await browser.goto(`${app.url}/private`)
    assert.deepEqual([page.status, lastCode(app)], [503, 'store_unavailable'])
    store.broken = false
    assert.equal((await who(browser, app)).loggedIn, false)
  })
})
