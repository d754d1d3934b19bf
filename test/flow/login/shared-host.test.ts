import assert from 'node:assert/strict'
import { setImmediate } from 'node:timers/promises'
import type { TestAppOptions } from '../../support/app/app.js'
import { type ForgedApp, startForgedApp } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { useStart } from '../../support/use.js'

const WARNING = 'KOA_KEYCLOAK_FOREIGN_SESSION'

describe('Two applications on one host', () => {
  const start = useStart(startForgedApp)
  const warnings: (Error & { code?: string })[] = []
  const listen = (warning: Error & { code?: string }) => {
    if (warning.code === WARNING) warnings.push(warning)
  }
  let browser: UserAgent
  before(() => process.on('warning', listen))
  after(() => process.off('warning', listen))
  beforeEach(() => {
    browser = new UserAgent()
    warnings.length = 0
  })

  /** Logs in here and there, and tells where the browser is logged in then. */
  async function both(
    options: [TestAppOptions, TestAppOptions],
    keys = ['one key', 'another key'],
  ): Promise<{ apps: ForgedApp[]; loggedIn: boolean[] }> {
    const apps: ForgedApp[] = []
    for (const [index, one] of options.entries()) {
      const app = await start(one)
      app.app.keys = [keys[index] ?? '']
      apps.push(app)
      assert.equal((await browser.goto(`${app.url}/private`)).status, 200)
    }
    const loggedIn: boolean[] = []
    for (const app of apps) loggedIn.push((await who(browser.clone(), app)).loggedIn)
    await setImmediate()
    return { apps, loggedIn }
  }

  it('with the same session cookie log each other out, and the log says so, once', async () => {
    const { apps, loggedIn } = await both([{}, {}])
    assert.deepEqual([loggedIn, warnings.length], [[false, true], 1])
    assert.match(warnings[0]?.message ?? '', /another application on this host.*key/)
    await browser.goto(`${apps[0]?.url}/private`)
    await browser.goto(`${apps[1]?.url}/private`)
    await setImmediate()
    assert.equal(warnings.length, 2, 'by each of the two')
  })

  it('with a session cookie of their own keep both logins', async () => {
    const { loggedIn } = await both([{}, { session: { key: 'second.sess' } }])
    assert.deepEqual([loggedIn, warnings], [[true, true], []])
  })

  it('with the same keys, it can not be seen: the login that the session names may have ended', async () => {
    const { loggedIn } = await both([{}, {}], ['a key', 'a key'])
    assert.deepEqual([loggedIn, warnings], [[false, true], []])
  })

  it('an old key that is still among app.keys is no stranger`s', async () => {
    const app = await start({})
    await browser.goto(`${app.url}/private`)
    app.app.keys = ['a new key', 'a key for tests']
    await browser.goto(`${app.url}/openid/login`)
    await setImmediate()
    assert.deepEqual(warnings, [])
  })
})
