import assert from 'node:assert/strict'
import { useEvents } from '../../support/app/events.js'
import { useForgedAppEach } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'

const PATH = '/frontchannel_logout'

describe('Front-channel logout', () => {
  const app = useForgedAppEach({ routes: { frontchannelLogout: PATH } })
  const events = useEvents('logout_request', 'logout_request.refused')

  /** As a frame in the provider's page loads it, without cookies. */
  const frame = (params: Record<string, string>, init: RequestInit = {}) =>
    fetch(`${app.url}/openid${PATH}?${new URLSearchParams(params)}`, {
      headers: { 'sec-fetch-site': 'cross-site', 'sec-fetch-dest': 'iframe', 'sec-fetch-mode': 'navigate' },
      ...init,
    })

  async function loggedIn(): Promise<{ agent: UserAgent; sid: string }> {
    const agent = new UserAgent()
    await agent.goto(`${app.url}/private`)
    return { agent, sid: (await who(agent, app)).sid ?? '' }
  }

  it('ends the logins of the session, without a cookie, and no others', async () => {
    const [ended, other] = [await loggedIn(), await loggedIn()]
    const answer = await frame({ iss: app.forger.issuer, sid: ended.sid })
    assert.deepEqual(
      [answer.status, await answer.text(), answer.headers.get('cache-control')],
      [200, '', 'no-store'],
    )
    assert.deepEqual(
      [(await who(ended.agent, app)).loggedIn, (await who(other.agent, app)).loggedIn],
      [false, true],
    )
    assert.deepEqual(events, [['logout_request', { provider: 'keycloak', sid: ended.sid, ended: 1 }]])
    assert.equal((await frame({ iss: app.forger.issuer, sid: ended.sid })).status, 200)
  })

  for (const [what, params, code] of [
    ['of another issuer', { iss: 'https://evil.example', sid: 'the-sid' }, 'issuer_mismatch'],
    ['without an issuer', { sid: 'the-sid' }, 'invalid_request'],
    ['without a session', { iss: 'the-issuer' }, 'invalid_request'],
    ['with nothing', {}, 'invalid_request'],
    ['with a long session', { iss: 'the-issuer', sid: 'x'.repeat(256) }, 'invalid_request'],
  ] as const) {
    it(`${what} is refused, and ends nothing`, async () => {
      const { agent, sid } = await loggedIn()
      const actual: Record<string, string> = { ...params }
      if (actual.iss === 'the-issuer') actual.iss = app.forger.issuer
      if (actual.sid === 'the-sid') actual.sid = sid
      assert.equal((await frame(actual)).status, 400)
      assert.equal((await who(agent, app)).loggedIn, true)
      assert.deepEqual(
        events.map(([, facts]) => facts.code),
        [code],
      )
    })
  }

  it('answers to GET alone, and not ahead of time', async () => {
    const { agent, sid } = await loggedIn()
    const params = { iss: app.forger.issuer, sid }
    assert.notEqual((await frame(params, { method: 'POST' })).status, 200)
    assert.equal((await frame(params, { method: 'HEAD' })).status, 405)
    assert.equal((await frame(params, { headers: { 'sec-purpose': 'prefetch' } })).status, 403)
    assert.equal((await who(agent, app)).loggedIn, true)
  })

  it('takes each parameter once', async () => {
    const { agent, sid } = await loggedIn()
    const query = new URLSearchParams({ iss: app.forger.issuer, sid })
    query.append('sid', 'other')
    assert.equal((await fetch(`${app.url}/openid${PATH}?${query}`)).status, 400)
    assert.equal((await who(agent, app)).loggedIn, true)
  })
})

describe('Front-channel logout, whose path is not named', () => {
  const app = useForgedAppEach()

  it('is not there', async () => {
    const query = new URLSearchParams({ iss: app.forger.issuer, sid: 'x' })
    assert.equal((await fetch(`${app.url}/openid${PATH}?${query}`)).status, 404)
    assert.deepEqual(
      app.keycloak.router.stack.map(({ name }) => name).filter(name => name?.includes('frontchannel')),
      [],
    )
  })
})
