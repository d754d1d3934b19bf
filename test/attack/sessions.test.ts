import assert from 'node:assert/strict'
import { createHash, createHmac } from 'node:crypto'
import { memoryStore } from '../../src/index.js'
import type { TestAppOptions } from '../support/app/app.js'
import { type ForgedApp, requestLogout, startForgedApp } from '../support/app/forged-app.js'
import { sessionStore } from '../support/app/session-store.js'
import { who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { fakeClock } from '../support/clock.js'
import { type WatchedStore, watchedStore } from '../support/redis/watched-store.js'

const pages: NonNullable<TestAppOptions['extend']> = (_app, router, keycloak) => {
  router.get('/id', ctx => {
    ctx.body = ctx.session.keycloak.keycloak
  })
  router.get('/recent', keycloak.requireLogin({ maxAge: 60 }), ctx => {
    ctx.body = 'recent'
  })
}

describe('Sessions (ASVS 7)', () => {
  const clock = fakeClock()
  let store: WatchedStore
  let app: ForgedApp
  let browser: UserAgent
  const keys: string[] = []
  before(async () => {
    store = watchedStore({ now: clock.now })
    store.before = (_operation, key) => keys.push(key)
    app = await startForgedApp({ store, extend: pages, now: clock.now, maxAge: 7200 }, { now: clock.now })
  })
  beforeEach(async () => {
    app.forger.reset()
    keys.length = 0
    clock.advance(10)
    browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
  })
  after(() => app.close())

  const idOf = async (agent: UserAgent) => (await agent.goto(`${app.url}/id`)).body

  /** A browser whose session names this login id; the key of the application signs it. */
  async function withLoginId(id: unknown): Promise<UserAgent> {
    const agent = new UserAgent()
    const value = Buffer.from(
      JSON.stringify({ keycloak: { keycloak: id }, _expire: Date.now() + 1e6, _maxAge: 1e6 }),
    ).toString('base64')
    const [key = ''] = app.app.keys as string[]
    const signature = createHmac('sha1', key).update(`koa.sess=${value}`).digest('base64url')
    const url = new URL(app.url)
    agent.jar.store(url, [`koa.sess=${value}; path=/`, `koa.sess.sig=${signature}; path=/`])
    return agent
  }

  it('7.2.1 the store at the server alone says who is logged in: a session that claims a login is none', async () => {
    const genuine = await withLoginId(await idOf(browser))
    assert.equal((await who(genuine, app)).loggedIn, true, 'the forged session itself is a good one')
    for (const claim of ['x'.repeat(43), '', true, 1, null, {}, ['x'], { loggedIn: true }]) {
      assert.deepEqual(await who(await withLoginId(claim), app), { loggedIn: false })
    }
  })

  it('7.2.2 a login is a reference that is made for it, and means nothing in itself', async () => {
    const ids = new Set([await idOf(browser)])
    for (let round = 0; round < 5; round++) {
      await browser.goto(`${app.url}/openid/login`)
      ids.add(await idOf(browser))
    }
    assert.equal(ids.size, 6)
    for (const id of ids)
      assert.doesNotMatch(Buffer.from(id, 'base64url').toString('latin1'), /user-1|session/)
  })

  it('7.2.3 the reference has 256 bits, and the store knows its hash alone', async () => {
    const id = await idOf(browser)
    assert.equal(Buffer.from(id, 'base64url').length, 32)
    assert.ok(keys.some(key => key.includes(createHash('sha256').update(id).digest('base64url'))))
    assert.ok(keys.every(key => !key.includes(id)))
  })

  it('7.2.4 every login has a new reference, a repeated one too, and the one before is ended', async () => {
    const copy = browser.clone()
    const first = await idOf(browser)
    await browser.goto(`${app.url}/openid/login`)
    assert.notEqual(await idOf(browser), first)
    assert.deepEqual(await who(copy, app), { loggedIn: false })
    assert.deepEqual(await who(await withLoginId(first), app), { loggedIn: false })
  })

  it('7.2.4 a session that somebody planted in the browser is not the one that gets the login', async () => {
    const attacked = await startForgedApp({
      session: { store: sessionStore() },
      extend: (_app, router) => {
        router.get('/cart', ctx => {
          ctx.session.cart = 'planted'
          ctx.body = ''
        })
        router.get('/session', ctx => {
          ctx.body = ctx.session
        })
      },
    })
    const attacker = new UserAgent()
    await attacker.goto(`${attacked.url}/cart`)
    const victim = attacker.clone()
    await victim.goto(`${attacked.url}/private`)
    assert.equal((await who(victim, attacked)).loggedIn, true)
    assert.equal((await who(attacker, attacked)).loggedIn, false)
    assert.equal((await victim.goto(`${attacked.url}/session`)).body.includes('planted'), false)
    await attacked.close()
  })

  it('7.3.1 a login that is not used ends with its refresh token', async () => {
    clock.advance(1799)
    assert.equal((await who(browser, app)).loggedIn, true)
    clock.advance(1801)
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('7.3.2 a login ends at its cap, however much it is used', async () => {
    for (let passed = 0; passed < 7000; passed += 1000) {
      clock.advance(1000)
      assert.equal((await who(browser, app)).loggedIn, true)
    }
    clock.advance(300)
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('7.4.1 after a logout no copy of the cookies is logged in', async () => {
    const copy = browser.clone()
    await browser.goto(`${app.url}/openid/logout`)
    for (const agent of [browser, copy]) assert.deepEqual(await who(agent, app), { loggedIn: false })
    const again = await copy.goto(`${app.url}/private`, { redirects: 0 })
    assert.equal(again.status, 302)
  })

  it('7.4.1 a login that the provider has ended is found out when its tokens are due', async () => {
    app.forger.knobs.mischief.token = { status: 400, body: { error: 'invalid_grant' } }
    clock.advance(295)
    assert.deepEqual(await who(browser, app), { loggedIn: false })
    app.forger.reset()
    assert.deepEqual(await who(browser, app), { loggedIn: false })
  })

  it('7.4.2 a disabled account is out everywhere, by one logout request', async () => {
    const elsewhere = new UserAgent()
    await elsewhere.goto(`${app.url}/private`)
    assert.equal((await requestLogout(app, { sid: undefined })).status, 200)
    for (const agent of [browser, elsewhere]) assert.equal((await who(agent, app)).loggedIn, false)
  })

  it('7.4.5 the application can end all logins of one user, and of nobody else', async () => {
    app.forger.knobs.sub = 'user-2'
    const other = new UserAgent()
    await other.goto(`${app.url}/private`)
    assert.ok((await app.keycloak.endLogins({ sub: 'user-1' })) >= 1)
    assert.deepEqual([(await who(browser, app)).loggedIn, (await who(other, app)).loggedIn], [false, true])
  })

  it('7.5.1 a page may ask that the user has logged in within the last minute', async () => {
    assert.equal((await browser.goto(`${app.url}/recent`)).hops.length, 1)
    clock.advance(100)
    const page = await browser.goto(`${app.url}/recent`)
    assert.equal(page.body, 'recent')
    assert.ok(page.hops.some(({ url }) => url.includes('max_age=60')))
  })

  it('7.5.2 a user`s logins can be listed, without a secret, and ended one by one', async () => {
    app.forger.knobs.sub = 'user-3'
    const agents = [new UserAgent(), new UserAgent()]
    for (const agent of agents) await agent.goto(`${app.url}/private`)
    const list = await app.keycloak.logins({ sub: 'user-3' })
    assert.equal(list.length, 2)
    assert.doesNotMatch(JSON.stringify(list), /eyJ|[Tt]oken/)
    assert.ok(!JSON.stringify(list).includes(await idOf(agents[0] as UserAgent)))
    assert.equal(await app.keycloak.endLogins({ id: list[0]?.id ?? '' }), 1)
    const states = await Promise.all(agents.map(async agent => (await who(agent, app)).loggedIn))
    assert.deepEqual(states.sort(), [false, true])
    assert.equal((await app.keycloak.logins({ sub: 'user-3' })).length, 1)
    for (const { id } of list) {
      assert.deepEqual(await who(await withLoginId(id), app), { loggedIn: false }, 'a listed id is no cookie')
    }
  })

  it('7.5.3 a fresh login is verified afterwards: an old one in its place is refused', async () => {
    clock.advance(100)
    app.forger.knobs.idToken.claims = { auth_time: Math.floor(clock.now()) - 3600 }
    const page = await browser.goto(`${app.url}/recent`)
    assert.equal(page.status, 403)
  })

  it('7.6.2 no request but a navigation, or a link to the login, begins a login', async () => {
    const visitor = new UserAgent()
    const before = app.forger.counts.authorization
    for (const path of ['/private', '/', '/admin']) {
      await visitor.fetch(app.url + path)
      await visitor.fetch(app.url + path, { site: 'cross-site', headers: { 'sec-fetch-mode': 'no-cors' } })
    }
    assert.deepEqual(visitor.cookies(), {})
    assert.equal(app.forger.counts.authorization, before)
  })

  it('7.6.2 without memory of a login, by a restart, nobody is logged in', async () => {
    const restarted = await startForgedApp({ store: memoryStore() })
    assert.deepEqual(await who(browser, restarted), { loggedIn: false })
    await restarted.close()
  })
})
