import assert from 'node:assert/strict'
import { useEvents } from '../../support/app/events.js'
import { type ForgedApp, requestLogout, startForgedApp } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

/** A browser, and its session at the provider. */
interface Visitor {
  browser: UserAgent
  sid: string
}

describe('Logout requests that never come', () => {
  const told = useEvents('logout_requests.missing', 'login.ended')
  let clock: ReturnType<typeof fakeClock>
  let app: ForgedApp
  let warnings: (Error & { code?: string })[]
  const note = (warning: Error) => void warnings.push(warning)
  beforeEach(async () => {
    warnings = []
    process.on('warning', note)
    clock = fakeClock()
    app = await startForgedApp({ now: clock.now, maxAge: 100_000 }, { now: clock.now })
  })
  afterEach(async () => {
    process.off('warning', note)
    await app.close()
  })

  async function visitor(): Promise<Visitor> {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    return { browser, sid: app.forger.logins.at(-1)?.sid ?? '' }
  }

  async function visitors(count: number): Promise<Visitor[]> {
    const all: Visitor[] = []
    while (all.length < count) all.push(await visitor())
    return all
  }

  /** Time for a renewal passes, and everybody comes by. */
  async function comeBy(all: Visitor[]): Promise<boolean[]> {
    clock.advance(299)
    const seen: boolean[] = []
    for (const { browser } of all) seen.push((await who(browser, app)).loggedIn)
    return seen
  }

  const end = (gone: Visitor[]) => gone.forEach(({ sid }) => void app.forger.endSession(sid))

  const missing = async () => {
    await new Promise(setImmediate) // warnings come a tick later
    assert.deepEqual(
      warnings.map(({ code }) => code),
      told.filter(([event]) => event !== 'login.ended').map(() => 'KOA_KEYCLOAK_LOGOUT_REQUESTS_MISSING'),
    )
    return told.filter(([event]) => event !== 'login.ended').map(([, facts]) => facts)
  }

  it('are told of when five sessions have ended and another goes on, once, with the switch and the address', async () => {
    const [stays, ...others] = (await visitors(8)) as [Visitor, ...Visitor[]]
    end(others.slice(0, 4))
    await comeBy([...others, stays])
    assert.deepEqual(await missing(), [])
    end(others.slice(4))
    await comeBy([...others, stays])
    assert.deepEqual(await missing(), [{ provider: 'keycloak', ended: 5, address: '/openid/logout_request' }])
    assert.match(warnings[0]?.message ?? '', /Front channel logout has to be Off.*\/openid\/logout_request/)
    assert.ok(told.every(([, facts]) => facts.reason === undefined || facts.reason === 'renewal'))
    const more = await visitors(6)
    end(more)
    await comeBy([...more, stays])
    assert.equal((await missing()).length, 1)
  })

  it('are not missed when all sessions end at one moment, and users log in again', async () => {
    const all = await visitors(7)
    end(all)
    assert.deepEqual(await comeBy(all), Array(7).fill(false))
    const again = await visitors(2)
    assert.deepEqual(await comeBy(again), [true, true])
    end([...again, ...all])
    await comeBy(again)
    assert.deepEqual(await missing(), [])
  })

  it('are not missed when one has come, for whatever user', async () => {
    const [stays, ...others] = (await visitors(7)) as [Visitor, ...Visitor[]]
    assert.equal((await requestLogout(app, { sid: 'another', sub: 'another' })).status, 200)
    end(others)
    await comeBy([...others, stays])
    assert.deepEqual(await missing(), [])
  })

  it('are not missed for accounts that were disabled', async () => {
    const all = await visitors(7)
    const body = { error: 'invalid_grant', error_description: 'User disabled' }
    app.forger.knobs.mischief.token = { status: 400, body }
    await comeBy(all.slice(1))
    app.forger.reset()
    await comeBy(all)
    assert.deepEqual(await missing(), [])
  })

  it('are not missed when all sessions end at one moment, and an offline session goes on', async () => {
    app.forger.knobs.token = { scope: 'openid offline_access' }
    const offline = await visitor()
    app.forger.knobs.token = {}
    const all = await visitors(6)
    end(all)
    assert.deepEqual(await comeBy([...all, offline]), [...Array(6).fill(false), true])
    assert.deepEqual(await missing(), [])
  })

  it('count once for several logins of one session', async () => {
    const stays = await visitor()
    app.forger.knobs.sid = 'one'
    const all = await visitors(6)
    end(all)
    assert.deepEqual(await comeBy([...all, stays]), [...Array(6).fill(false), true])
    assert.deepEqual(await missing(), [])
  })
})
