import assert from 'node:assert/strict'
import type { Keycloak } from '../../../example/keycloak/keycloak.js'
import type { KeycloakSecurityEvent } from '../../../src/index.js'
import type { TestApp, TestAppOptions } from '../../support/app/app.js'
import type { UserAgent } from '../../support/browser/user-agent.js'
import { watchedStore } from '../../support/redis/watched-store.js'
import { until } from '../../support/until.js'
import { adminOf } from '../support/admin.js'
import { isLoggedIn, loggedIn, since } from '../support/shared.js'
import { allowStreams, makeStream, SECRET, signalledApp, startTransmitter } from '../support/transmitter.js'

describe('Security events', () => {
  let keycloak: Keycloak
  let app: TestApp | undefined
  let seen: KeycloakSecurityEvent[]
  let people = 0
  const store = watchedStore()

  before(async function () {
    since(this, 26, 7)
    this.timeout(600_000)
    keycloak = await startTransmitter()
    await allowStreams(adminOf(keycloak))
  })
  after(async function () {
    this.timeout(60_000)
    await keycloak?.stop()
  })
  beforeEach(() => {
    seen = []
  })
  afterEach(async () => {
    store.broken = false
    await app?.close()
  })

  async function start(options: TestAppOptions = {}): Promise<TestApp> {
    app = await signalledApp(keycloak, {
      store,
      routes: { securityEvents: '/security_events' },
      securityEvents: { authorization: SECRET },
      afterSecurityEvent: (_, event) => void seen.push(event),
      ...options,
    })
    return app
  }
  async function pushing(): Promise<TestApp> {
    const own = await start()
    const endpoint_url = `${own.url}/openid/security_events`
    await makeStream(own, keycloak, {
      method: 'urn:ietf:rfc:8935',
      endpoint_url,
      authorization_header: SECRET,
    })
    return own
  }
  /** A user whose first password is an event of its own, which ends logins of its second: that is over, then. */
  async function person(): Promise<string> {
    const { username } = await adminOf(keycloak).createUser({ username: `signalled-${++people}` })
    const made = Math.floor(Date.now() / 1000)
    await until(() => Date.now() / 1000 >= made + 2)
    return username
  }
  const loggedOut = (own: TestApp, browser: UserAgent, seconds = 10) =>
    until(async () => !(await isLoggedIn(browser, own)), { seconds, what: 'The login goes on.' })

  it('of an administrator’s logout end all logins of the user, where no logout request comes', async () => {
    const own = await pushing()
    const username = await person()
    const browsers = [await loggedIn(own, username), await loggedIn(own, username)]
    await adminOf(keycloak).logoutUser(username)
    for (const browser of browsers) await loggedOut(own, browser)
    assert.deepEqual(
      seen.filter(({ ended }) => ended > 0).map(({ type, covers, ended }) => [type, covers, ended]),
      [['session-revoked', 'user', 2]],
    )
  })

  it('of a changed password end the user’s logins on every device', async () => {
    const own = await pushing()
    const username = await person()
    const browser = await loggedIn(own, username)
    const other = await loggedIn(own, await person())
    await adminOf(keycloak).setPassword(username, 'another password')
    await loggedOut(own, browser)
    assert.equal(seen.find(({ ended }) => ended > 0)?.type, 'credential-change')
    assert.equal(await isLoggedIn(other, own), true)
  })

  it('that met a 503 end their logins when they come again', async function () {
    this.timeout(120_000)
    const own = await pushing()
    const username = await person()
    const browser = await loggedIn(own, username)
    const refused = () =>
      own.errors.filter(error => 'code' in error && error.code === 'store_unavailable').length
    store.broken = true
    await adminOf(keycloak).logoutUser(username)
    await until(() => refused() > 0, { seconds: 20 })
    store.broken = false
    await loggedOut(own, browser, 60)
    assert.equal(seen.filter(({ ended }) => ended > 0).length, 1)
  })

  it('are fetched, where Keycloak can not reach the application', async () => {
    const own = await start()
    const { delivery } = await makeStream(own, keycloak, { method: 'urn:ietf:rfc:8936' })
    const username = await person()
    const browser = await loggedIn(own, username)
    const onEvent = (event: KeycloakSecurityEvent) => void seen.push(event)
    const poll = own.keycloak.pollSecurityEvents({ endpoint: delivery.endpoint_url, interval: 0.2, onEvent })
    try {
      await adminOf(keycloak).logoutUser(username)
      await loggedOut(own, browser)
      await new Promise(resolve => setTimeout(resolve, 1000))
      const ids = seen.map(({ jti }) => jti)
      assert.ok(ids.length > 0)
      assert.deepEqual(ids, [...new Set(ids)], 'what was acknowledged does not come again')
    } finally {
      await poll.stop()
    }
  })
})
