import assert from 'node:assert/strict'
import { discover } from '../../src/protocol/provider/discover.js'
import { renewLogin } from '../../src/protocol/renewal/renewal.js'
import { requestLogout, useForgedApp } from '../support/app/forged-app.js'
import { heldLogin, outcome, rp } from '../support/app/rp.js'
import { lastCode, who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'

describe('Who somebody is', () => {
  const app = useForgedApp()
  beforeEach(() => {
    app.forger.reset()
    app.errors.length = 0
  })

  const now = () => Math.floor(Date.now() / 1000)

  async function loggedIn(sub = 'user-1'): Promise<UserAgent> {
    app.forger.knobs.sub = sub
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    assert.equal((await who(browser, app)).loggedIn, true)
    return browser
  }

  it('10.5.1 an ID token counts for the login that it was made for, and no other (nonce)', async () => {
    await loggedIn()
    const { nonce: earlier } = Object.fromEntries(app.forger.last('authorization').url.searchParams)
    for (const nonce of [earlier, 'x', '', undefined, null, [earlier]]) {
      app.forger.knobs.idToken = { claims: { nonce } }
      const browser = new UserAgent()
      assert.ok((await browser.goto(`${app.url}/private`)).status >= 400)
      assert.equal((await who(browser, app)).loggedIn, false)
    }
  })

  it('10.5.2 the user is the sub, whatever name or address the token has besides', async () => {
    app.forger.knobs.idToken = { claims: { preferred_username: 'admin', email: 'admin@example.com' } }
    const provider = rp(app.forger)
    const { record } = await heldLogin(provider)
    assert.equal(record.sub, 'user-1')
    assert.deepEqual((await provider.logins.list('user-1')).length, 1)
    assert.deepEqual(await provider.logins.list('admin'), [])
  })

  it('10.5.2 nobody becomes another user by a renewal', async () => {
    const provider = rp(app.forger)
    for (const claims of [{ sub: 'admin' }, { sub: undefined }, { iss: 'https://evil.example' }]) {
      const { id, record } = await heldLogin(provider)
      app.forger.knobs.refresh = { rotate: false, noIdToken: false, claims, response: {} }
      assert.equal(await outcome(renewLogin(provider, id, record)), '502 id_token_invalid')
      assert.equal((await provider.logins.read(id))?.sub, 'user-1')
    }
  })

  it('10.5.3 metadata of another issuer is refused, also when it differs in a slash or in case', async () => {
    const { issuer } = app.forger
    const others = [`${issuer}/`, issuer.replace('localhost', 'LOCALHOST'), issuer.replace('http:', 'https:')]
    for (const other of [...others, `${issuer}/x`, 'https://evil.example']) {
      app.forger.knobs.metadata = { issuer: other }
      const provider = rp(app.forger, { configuration: issuer })
      assert.equal(await outcome(discover(provider)), '500 metadata_issuer_mismatch', other)
    }
    app.forger.knobs.metadata = {}
    const provider = rp(app.forger, { issuer: 'https://sso.example/realms/forged' })
    assert.equal(await outcome(discover(provider)), '500 metadata_issuer_mismatch')
  })

  it('10.5.4 an ID token for another client logs nobody in', async () => {
    for (const claims of [
      { aud: 'other' },
      { aud: ['other'] },
      { aud: [] },
      { aud: undefined },
      { aud: ['app', 'other'], azp: 'other' },
      { aud: ['app', 'other'], azp: undefined },
      { aud: 'app', azp: 'other' },
    ]) {
      app.forger.knobs.idToken = { claims }
      const page = await new UserAgent().goto(`${app.url}/private`)
      assert.deepEqual([page.status, lastCode(app)], [502, 'id_token_invalid'], JSON.stringify(claims))
    }
  })

  describe('10.5.5 nobody but the provider can make somebody be logged out:', () => {
    const attempts: [string, Parameters<typeof requestLogout>[1], Parameters<typeof requestLogout>[2]][] = [
      ['not with a token that is not signed', {}, { trick: 'none' }],
      ['not with one signed by the client secret', {}, { trick: 'client-secret' }],
      ['not with one signed by somebody else', {}, { trick: 'foreign-key' }],
      ['not with one that brings its key', {}, { trick: 'embedded-jwk' }],
      ['not with one of another issuer', { iss: 'https://evil.example' }, {}],
      ['not with one for another client', { aud: 'other' }, {}],
      ['not with one of an hour ago', { iat: 1_000_000_000, exp: undefined }, {}],
      ['not with one of an hour ago that is to last', { iat: 1_000_000_000, exp: 4_000_000_000 }, {}],
      ['not with one that expired', { exp: 1_000_000_000 }, {}],
      ['not with an ID token that has the event', { typ: 'ID' }, { header: { typ: 'JWT' } }],
      ['not with an access token that has the event', { typ: 'Bearer' }, { header: { typ: 'at+jwt' } }],
      ['not with one that has a nonce', { nonce: 'n' }, {}],
      ['not with one without the event', { events: undefined }, {}],
      ['not with one without sub and sid', { sub: undefined, sid: undefined }, {}],
    ]
    for (const [what, claims, signing] of attempts) {
      it(`10.5.5 ${what}`, async () => {
        const browser = await loggedIn()
        const response = await requestLogout(app, claims, signing)
        assert.equal(response.status, 400)
        assert.equal(((await response.json()) as { error: string }).error, 'invalid_request')
        assert.equal(response.headers.get('cache-control'), 'no-store')
        assert.equal((await who(browser, app)).loggedIn, true)
      })
    }

    it('10.5.5 the provider can, and ends that session and no other', async () => {
      const first = await loggedIn()
      const second = await loggedIn()
      const other = await loggedIn('user-2')
      const [{ sid } = { sid: '' }] = app.forger.logins.slice(-2)
      assert.equal((await requestLogout(app, { sub: 'user-1', sid })).status, 200)
      const all = await Promise.all([first, second, other].map(browser => who(browser, app)))
      assert.deepEqual(
        all.map(({ loggedIn }) => loggedIn),
        [true, false, true],
      )
    })

    it('10.5.5 one that is kept and sent again later ends no login that began since', async () => {
      await loggedIn()
      const token = await app.forger.signLogoutToken({ sub: 'user-1', sid: undefined, iat: now() - 100 })
      const body = new URLSearchParams({ logout_token: token })
      const browser = await loggedIn()
      const response = await fetch(`${app.url}/openid/logout_request`, { method: 'POST', body })
      assert.equal(response.status, 200)
      assert.equal((await who(browser, app)).loggedIn, true)
    })
  })
})
