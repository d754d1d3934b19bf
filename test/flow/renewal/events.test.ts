import assert from 'node:assert/strict'
import { memoryStore } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { requestLogout, useForgedAppEach } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

describe('Events of renewals', () => {
  const clock = fakeClock()
  let isFull = false
  const app = useForgedAppEach(
    () => {
      const store = memoryStore({ now: clock.now })
      const replace: typeof store.replace = async (...args) => {
        if (isFull) throw new Error('OOM command not allowed')
        return store.replace(...args)
      }
      return { store: { ...store, replace }, now: clock.now }
    },
    { now: clock.now },
  )
  const events = useEvents('renewal', 'renewal.failed', 'login.ended')
  let browser: UserAgent
  let facts: object
  beforeEach(async () => {
    isFull = false
    browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    const [{ id } = { id: '' }] = await app.keycloak.logins({ sub: 'user-1' })
    facts = { provider: 'keycloak', id, sub: 'user-1', sid: (await who(browser, app)).sid }
  })

  /** So many requests at the moment of expiry, and what they told. */
  async function atExpiry(times = 1) {
    clock.advance(295)
    await Promise.all(Array.from({ length: times }, () => who(browser, app)))
    return events.splice(0)
  }

  it('tell of one that succeeds, once for many requests, with the seconds that it took', async () => {
    const [[name, told] = ['', {}], ...more] = await atExpiry(10)
    assert.deepEqual([name, more], ['renewal', []])
    const { seconds, ...others } = told
    assert.deepEqual(others, facts)
    assert.ok(typeof seconds === 'number' && seconds > 0 && seconds < 10)
  })

  it('tell of one that fails, once for many requests, and not again while the login pauses', async () => {
    app.forger.knobs.mischief = { token: 'error' }
    assert.deepEqual(await atExpiry(10), [['renewal.failed', { ...facts, code: 'provider_unavailable' }]])
    await who(browser, app)
    assert.deepEqual(events, [])
    clock.advance(6)
    await who(browser, app)
    assert.equal(events.length, 1)
  })

  it('tell why one had no answer', async () => {
    app.forger.knobs.mischief = { token: 'drop' }
    const [[name, told] = ['', {}]] = await atExpiry()
    assert.deepEqual([name, told.code], ['renewal.failed', 'provider_unavailable'])
    assert.ok(['no_answer', 'connection_closed'].includes(String(told.reason)))
  })

  it('tell of one whose ID token is not to be believed', async () => {
    app.forger.knobs.idToken = { trick: 'foreign-key' }
    assert.deepEqual(await atExpiry(10), [['renewal.failed', { ...facts, code: 'id_token_invalid' }]])
  })

  it('tell of one that could not be written, and when it is', async () => {
    isFull = true
    assert.deepEqual(await atExpiry(), [['renewal.failed', { ...facts, code: 'store_unavailable' }]])
    isFull = false
    await who(browser, app)
    assert.deepEqual(
      events.map(([name]) => name),
      ['renewal'],
    )
  })

  it('tell of one that the provider refuses that the login ended, and of no failure', async () => {
    app.forger.knobs.mischief = { token: { status: 400, body: { error: 'invalid_grant' } } }
    assert.deepEqual(await atExpiry(10), [['login.ended', { ...facts, reason: 'renewal' }]])
  })

  it('tell nothing of one that came too late for a login that was ended', async () => {
    clock.advance(295)
    const release = app.forger.hold('token')
    const running = who(browser, app)
    await app.forger.arrived('token', 2)
    await requestLogout(app)
    release()
    await running
    assert.deepEqual(
      events.map(([name]) => name),
      ['login.ended'],
    )
  })
})
