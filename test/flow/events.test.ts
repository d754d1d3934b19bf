import assert from 'node:assert/strict'
import { tracingChannel } from 'node:diagnostics_channel'
import { memoryStore } from '../../src/store/memory-store.js'
import { useEvents } from '../support/app/events.js'
import { type ForgedApp, requestLogout, useForgedApp } from '../support/app/forged-app.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { movingClock } from '../support/clock.js'

describe('Events', () => {
  const clock = movingClock()
  const store = memoryStore({ now: clock.now })
  let isBroken = false
  const get = (key: string) => (isBroken ? Promise.reject(new Error('gone')) : store.get(key))
  const app: ForgedApp = useForgedApp(
    {
      store: { ...store, get },
      now: clock.now,
      maxAge: 1000,
      afterLogin: ctx => {
        if (app.forger.knobs.sub === 'refused') ctx.throw(403)
      },
    },
    { now: clock.now },
  )
  const events = useEvents(
    'login',
    'login.ended',
    'logout',
    'logout_request',
    'provider.down',
    'provider.up',
    'store.down',
    'store.up',
  )
  const told = (event: string) => events.filter(([name]) => name === event).map(([, facts]) => facts)

  async function loggedIn(): Promise<UserAgent> {
    const browser = new UserAgent()
    assert.equal((await browser.goto(`${app.url}/private`)).status, 200)
    return browser
  }

  beforeEach(() => app.forger.reset())

  it('tell of a login by its hashed id, user and session, and of nothing that could be used', async () => {
    await loggedIn()
    const [facts] = told('login')
    const [{ id } = { id: '' }] = await app.keycloak.logins({ sub: 'user-1' })
    const { sid } = app.forger.logins.at(-1) ?? {}
    assert.deepEqual(facts, { provider: 'keycloak', id, sub: 'user-1', sid })
    await app.keycloak.endLogins({ sub: 'user-1' })
  })

  it('tell why a login ended: a logout, a logout request, the application, another login', async () => {
    const reasons = () => told('login.ended').map(({ reason }) => reason)
    const browser = await loggedIn()
    await browser.goto(`${app.url}/openid/logout`, { from: app.url })
    assert.deepEqual(reasons(), ['logout'])
    assert.equal(told('logout')[0]?.sub, 'user-1')
    await loggedIn()
    await requestLogout(app)
    assert.deepEqual(reasons(), ['logout', 'request'])
    assert.deepEqual(
      told('logout_request').map(({ ended }) => ended),
      [1],
    )
    await loggedIn()
    await app.keycloak.endLogins({ sub: 'user-1' })
    assert.deepEqual(reasons().slice(2), ['code'])
    const again = await loggedIn()
    await again.goto(`${app.url}/openid/login`)
    assert.deepEqual(reasons().slice(3), ['replaced'])
    app.forger.knobs.sub = 'refused'
    await new UserAgent().goto(`${app.url}/openid/login`)
    assert.deepEqual(reasons().slice(4), ['code'])
    await app.keycloak.endLogins({ sub: 'user-1' })
  })

  it('tell that the time of a login was over, once, to who comes by within a minute', async () => {
    const [browser, other] = [await loggedIn(), await loggedIn()]
    const { maxAge } = app.keycloak.provider.settings
    clock.advance(maxAge + 1)
    for (let i = 0; i < 2; i++) assert.equal((await browser.fetch(`${app.url}/private`)).status, 401)
    assert.deepEqual(
      told('login.ended').map(({ sub, reason }) => [sub, reason]),
      [['user-1', 'cap']],
    )
    clock.advance(60)
    assert.equal((await other.fetch(`${app.url}/private`)).status, 401)
    assert.equal(told('login.ended').length, 1)
  })

  it('tell once that the store is away and once that it is back, and so does health()', async () => {
    const browser = await loggedIn()
    assert.equal(app.keycloak.health().store.state, 'up')
    isBroken = true
    for (let i = 0; i < 3; i++) assert.equal((await browser.goto(`${app.url}/private`)).status, 503)
    assert.equal(app.keycloak.health().store.state, 'down')
    isBroken = false
    assert.equal((await browser.goto(`${app.url}/private`)).status, 200)
    assert.equal(app.keycloak.health().store.state, 'up')
    assert.deepEqual(told('store.down'), [{ provider: 'keycloak', code: 'store_unavailable' }])
    assert.deepEqual(told('store.up'), [{ provider: 'keycloak' }])
  })

  it('tell that the provider is away and that it is back; one answer of 500 says nothing', async () => {
    await loggedIn()
    app.forger.knobs.mischief.token = 'error'
    await new UserAgent().goto(`${app.url}/openid/login`)
    assert.deepEqual(told('provider.down'), [])
    app.forger.knobs.mischief.token = 'drop'
    await new UserAgent().goto(`${app.url}/openid/login`)
    assert.equal(told('provider.down').length, 1)
    assert.equal(app.keycloak.health().provider.state, 'down')
    app.forger.knobs.mischief = {}
    await loggedIn()
    assert.equal(told('provider.up').length, 1)
    assert.equal(app.keycloak.health().provider.state, 'up')
  })

  it('calls to provider and store can be traced, without queries and keys', async () => {
    const calls: Record<string, unknown>[] = []
    const handlers = {
      start: (facts: object) => void calls.push({ ...facts }),
      end() {},
      asyncStart() {},
      asyncEnd() {},
      error() {},
    }
    const channels = ['provider', 'store'].map(kind => tracingChannel(`koa-keycloak:${kind}.call`))
    for (const channel of channels) channel.subscribe(handlers)
    await loggedIn()
    for (const channel of channels) channel.unsubscribe(handlers)
    assert.ok(calls.some(({ url, method }) => String(url).endsWith('/token') && method === 'POST'))
    assert.ok(calls.some(({ operation }) => operation === 'set'))
    for (const call of calls) {
      assert.deepEqual(
        Object.keys(call).sort(),
        'url' in call ? ['method', 'provider', 'url'] : ['operation', 'provider'],
      )
    }
  })
})
