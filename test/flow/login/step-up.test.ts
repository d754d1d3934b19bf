import assert from 'node:assert/strict'
import type { Keycloak } from '../../../src/index.js'
import { type TestAppOptions, useApp } from '../../support/app/app.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

type Extend = NonNullable<TestAppOptions['extend']>

const page =
  (path: string, guard: (keycloak: Keycloak) => ReturnType<Keycloak['requireLogin']>): Extend =>
  (_app, router, keycloak) => {
    router.get(path, guard(keycloak), ctx => {
      ctx.body = { user: ctx.state.keycloak.user }
    })
  }
const safe = page('/safe', keycloak => keycloak.requireLogin({ acr: 'gold' }))
const recent = page('/recent', keycloak => keycloak.requireLogin({ maxAge: 60 }))

describe('Stepping up', () => {
  const app = useApp({ extend: safe })

  it('a page that asks for a stronger login gets it, and is shown', async () => {
    const browser = new UserAgent()
    await browser.login(`${app.url}/private`, 'alice', 'alice')
    const before = Object.keys(browser.cookies())
    const done = await browser.login(`${app.url}/safe?a=1`, 'alice', 'alice')
    assert.equal(done.url, `${app.url}/safe?a=1`)
    assert.equal((done.json().user as { acr?: string }).acr, 'gold')
    assert.deepEqual(Object.keys(browser.cookies()).sort(), before.sort())
    assert.equal((await browser.goto(`${app.url}/safe`)).hops.length, 1)
  })

  it('a script is told to log in instead of being sent away', async () => {
    const browser = new UserAgent()
    await browser.login(`${app.url}/private`, 'alice', 'alice')
    const answer = await browser.fetch(`${app.url}/safe`)
    assert.deepEqual([answer.status, answer.json().error], [401, 'login_required'])
  })
})

describe('Stepping up at a provider that does not do it', () => {
  const clock = fakeClock()
  const extend: Extend = (...args) => {
    safe(...args)
    recent(...args)
  }
  const app = useForgedApp({ now: clock.now, extend }, { now: clock.now })
  beforeEach(() => {
    app.forger.reset()
    app.errors.length = 0
  })

  it('ends in a 403 instead of a loop, and the login that there was goes on', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    const { sid } = await who(browser, app)
    const refused = await browser.goto(`${app.url}/safe`)
    assert.deepEqual([refused.status, lastCode(app)], [403, 'step_up_failed'])
    assert.equal(app.forger.counts.authorization, 2)
    assert.deepEqual(await who(browser, app), { loggedIn: true, username: 'user-1', sid })
  })

  it('sends the contexts and the age that are asked for, and takes what suffices', async () => {
    const browser = new UserAgent()
    app.forger.knobs.idToken.claims = { acr: 'gold' }
    const done = await browser.goto(`${app.url}/safe`)
    assert.deepEqual([done.status, done.url], [200, `${app.url}/safe`])
    assert.equal(app.forger.last('authorization').url.searchParams.get('acr_values'), 'gold')
  })

  it('a stronger login stays one when its tokens are renewed without a word of that', async () => {
    const browser = new UserAgent()
    app.forger.knobs.idToken.claims = { acr: 'gold' }
    await browser.goto(`${app.url}/safe`)
    app.forger.knobs.refresh.claims = { acr: undefined, auth_time: undefined }
    clock.advance(295)
    assert.equal((await browser.goto(`${app.url}/safe`)).hops.length, 1)
    assert.equal(app.forger.counts.token, 2)
  })

  it('a page that asks for a recent login repeats it when the last one is too old', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/recent`)
    assert.equal(app.forger.last('authorization').url.searchParams.get('max_age'), '60')
    clock.advance(60)
    assert.equal((await browser.goto(`${app.url}/recent`)).hops.length, 1)
    clock.advance(30)
    const done = await browser.goto(`${app.url}/recent`)
    assert.deepEqual([done.status, done.url, app.forger.counts.authorization], [200, `${app.url}/recent`, 2])
  })

  it('a login that is old in spite of max_age ends in a 403 instead of a loop', async () => {
    const browser = new UserAgent()
    app.forger.knobs.idToken.claims = { auth_time: Math.floor(clock.now()) - 300 }
    const refused = await browser.goto(`${app.url}/recent`)
    assert.deepEqual([refused.status, lastCode(app)], [403, 'step_up_failed'])
    assert.equal(app.forger.counts.authorization, 1)
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('a login that does not say how old it is ends in an error instead of a loop', async () => {
    const browser = new UserAgent()
    app.forger.knobs.idToken.claims = { auth_time: undefined }
    const refused = await browser.goto(`${app.url}/recent`)
    assert.deepEqual([refused.status, lastCode(app)], [502, 'id_token_invalid'])
    assert.equal(app.forger.counts.authorization, 1)
  })
})
