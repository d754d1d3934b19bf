import assert from 'node:assert/strict'
import { deferred } from '../../../example/support/deferred.js'
import { startApp, type TestApp } from '../../support/app/app.js'
import { useEvents } from '../../support/app/events.js'
import { requestLogout, useForgedAppEach } from '../../support/app/forged-app.js'
import { attachSockets, type OpenSocket, openedSocket, openSocket } from '../../support/app/sockets.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import { type WatchedStore, watchedStore } from '../../support/redis/watched-store.js'
import { until } from '../../support/until.js'

const LIVE_CHECK = 0.2

/** Two processes of one application on one store. */
describe('A WebSocket of a logged-in user', () => {
  let clock = fakeClock()
  let store: WatchedStore
  let other: TestApp
  const app = useForgedAppEach(
    () => {
      clock = fakeClock()
      store = watchedStore({ now: clock.now })
      return { store, now: clock.now, liveCheck: LIVE_CHECK, attach: attachSockets, allowedOrigins }
    },
    { now: () => clock.now() },
  )
  const allowedOrigins = ['https://partner.example']
  const refusals = useEvents('access.refused')

  beforeEach(async () => {
    const provider = { discoveryUrl: app.forger.discoveryUrl, addClient: async () => {} }
    other = await startApp(provider, { store, now: clock.now, liveCheck: LIVE_CHECK, attach: attachSockets })
  })
  afterEach(() => other.close())

  async function loggedIn(): Promise<UserAgent> {
    const agent = new UserAgent()
    await agent.goto(`${app.url}/private`)
    return agent
  }

  /** One in each process. */
  async function openBoth(agent: UserAgent): Promise<[here: OpenSocket, there: OpenSocket]> {
    return [await openedSocket(app.url, agent), await openedSocket(other.url, agent)]
  }

  /** Waits for a look at the store that begins now. */
  async function looked(times = 2): Promise<void> {
    const before = store.calls.length
    await until(() => store.calls.length >= before + times)
  }

  it('opens with the login of the session, and with none is refused', async () => {
    assert.equal((await openedSocket(app.url, await loggedIn())).greeting, 'hello user-1')
    const refused = await openSocket(app.url)
    assert.ok('status' in refused)
    assert.deepEqual([refused.status, JSON.parse(refused.body).error], [401, 'login_required'])
    assert.equal(refused.headers['cache-control'], 'no-store')
    assert.ok(refused.headers['www-authenticate'])
  })

  for (const origin of ['https://evil.example', 'null', 'http://localhost:1', 'not an origin']) {
    it(`is refused when a page of ${origin} opens it, and leaves its trace`, async () => {
      const refused = await openSocket(app.url, await loggedIn(), { origin })
      assert.ok('status' in refused)
      assert.deepEqual([refused.status, JSON.parse(refused.body).error], [403, 'cross_site_request'])
      assert.deepEqual(
        refusals.map(([, { code }]) => code),
        ['cross_site_request'],
      )
    })
  }

  for (const origin of ['', 'https://partner.example']) {
    it(`opens for ${origin || 'a program, which names no origin'}`, async () => {
      await openedSocket(app.url, await loggedIn(), { origin })
    })
  }

  it('closes when a logout request was answered: here at once, in another process within liveCheck', async () => {
    const [here, there] = await openBoth(await loggedIn())
    await requestLogout(app)
    const answeredAt = performance.now()
    assert.equal(await here.closed, 1008)
    assert.ok(performance.now() - answeredAt < (LIVE_CHECK / 2) * 1000)
    assert.equal(await there.closed, 1008)
    assert.ok(performance.now() - answeredAt < LIVE_CHECK * 1000 + 300)
  })

  it('closes when its user logs out, and no one else’s does', async () => {
    const alice = await loggedIn()
    app.forger.knobs.sub = 'user-2'
    const bobs = await openBoth(await loggedIn())
    const [here, there] = await openBoth(alice)
    await alice.goto(`${app.url}/openid/logout`, { from: app.url, redirects: 0 })
    await Promise.all([here.closed, there.closed])
    await looked()
    assert.deepEqual(
      bobs.map(({ code }) => code),
      [undefined, undefined],
    )
  })

  it('closes when the application ends its login, and when the same browser logs in anew', async () => {
    const [here, there] = await openBoth(await loggedIn())
    await other.keycloak.endLogins({ sub: 'user-1' })
    await Promise.all([here.closed, there.closed])

    clock.advance(1)
    const agent = await loggedIn()
    const before = await openedSocket(app.url, agent)
    await agent.goto(`${app.url}/openid/login`)
    assert.equal(await before.closed, 1008)
    await openedSocket(app.url, agent)
  })

  it('closes at once in a process that learns of the end by a request', async () => {
    const agent = await loggedIn()
    const [, there] = await openBoth(agent)
    await app.keycloak.endLogins({ sub: 'user-1' })
    const before = store.calls.length
    assert.equal((await agent.fetch(`${other.url}/private`)).status, 401)
    await there.closed
    assert.ok(store.calls.length - before <= 2, 'the request has read the login, and perhaps the timer too')
  })

  it('closes when the provider does not renew its login any more', async () => {
    const agent = await loggedIn()
    const [here] = await openBoth(agent)
    clock.advance(301)
    app.forger.knobs.mischief.token = { status: 400, body: { error: 'invalid_grant' } }
    await agent.fetch(`${app.url}/private`)
    assert.equal(await here.closed, 1008)
  })

  it('closes at the end of its life, and stays open when it was renewed before', async () => {
    const agent = await loggedIn()
    const [here] = await openBoth(agent)
    clock.advance(1000)
    assert.equal((await agent.fetch(`${other.url}/private`)).status, 200)
    clock.advance(1700) // beyond the end of the first refresh token
    await looked()
    assert.equal(here.code, undefined)
    clock.advance(101)
    assert.equal(await here.closed, 1008)
  })

  it('stays open while the store is away, and a new one gets 503', async () => {
    const agent = await loggedIn()
    const [here] = await openBoth(agent)
    store.broken = true
    await looked(4)
    assert.equal(here.code, undefined)
    const refused = await openSocket(app.url, agent)
    assert.ok('status' in refused)
    assert.deepEqual([refused.status, refused.headers['retry-after']], [503, '1'])
    assert.equal((app.errors.at(-1) as { code?: string }).code, 'store_unavailable')
    store.broken = false
    await openedSocket(app.url, agent)
    await other.keycloak.endLogins({ sub: 'user-1' })
    assert.equal(await here.closed, 1008)
  })

  it('closes by its longest life also while the store is away', async () => {
    const [here] = await openBoth(await loggedIn())
    store.broken = true
    clock.advance(36_001)
    assert.equal(await here.closed, 1008)
  })

  it('costs nothing while there is none, and one read for each login, however many sockets it has', async () => {
    const agent = await loggedIn()
    const sockets = await Promise.all(Array.from({ length: 20 }, () => openedSocket(app.url, agent)))
    const { watched } = app.keycloak.provider.logins
    assert.equal(watched.size, 1)
    store.calls.length = 0
    await looked(2)
    assert.deepEqual(new Set(store.calls), new Set(['get']))
    assert.ok(store.calls.length < 5)
    for (const { ws } of sockets) ws.terminate()
    await until(() => watched.size === 0)
    const hold = store.calls.length
    await new Promise(resolve => setTimeout(resolve, LIVE_CHECK * 3000)) // that nothing happens takes its time
    assert.equal(store.calls.length, hold)
  })

  it('is looked after together with all others, at once', async () => {
    const agents: UserAgent[] = []
    for (let i = 0; i < 10; i++) agents.push(await loggedIn())
    for (const agent of agents) await openedSocket(app.url, agent)
    let waiting = 0
    const hold = deferred()
    store.before = () => {
      waiting++
      return hold.promise
    }
    await until(() => waiting === 10)
    hold.resolve()
  })
})
