import assert from 'node:assert/strict'
import { useEvents } from '../../support/app/events.js'
import { useForgedAppEach } from '../../support/app/forged-app.js'
import { lastCode } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'

for (const revoke of ['offline', 'always'] as const) {
  describe(`A logout with revoke: '${revoke}'`, () => {
    const app = useForgedAppEach(() => ({
      revoke,
      timeout: 0.5,
      extend: (_, router, keycloak) => router.get('/leave', ctx => keycloak.logOut(ctx)),
    }))
    const failures = useEvents('revocation.failed')
    const revoked = () =>
      app.forger.requests.filter(({ endpoint }) => endpoint === 'revocation').map(({ form }) => form)

    async function loggedIn(scope = 'openid'): Promise<UserAgent> {
      const typ = scope.includes('offline') ? 'Offline' : 'Refresh'
      const claims = Buffer.from(JSON.stringify({ typ })).toString('base64url')
      app.forger.knobs.token = { scope, refresh_token: `header.${claims}.signature` }
      const agent = new UserAgent()
      await agent.goto(`${app.url}/private`)
      return agent
    }

    for (const path of ['/openid/logout', '/leave']) {
      it(`by ${path} revokes an offline token after the login here is over, and sends the browser on`, async () => {
        const agent = await loggedIn('openid offline_access')
        const release = app.forger.hold('revocation')
        const going = agent.goto(app.url + path, { from: app.url, redirects: 0 })
        await app.forger.arrived('revocation', 1)
        assert.deepEqual(await app.keycloak.logins({ sub: 'user-1' }), [])
        release()
        const { status, headers } = await going
        assert.deepEqual(
          [status, new URL(String(headers.location)).origin],
          [302, new URL(app.forger.issuer).origin],
        )
        const [form] = revoked()
        assert.equal(form?.get('token_type_hint'), 'refresh_token')
        assert.equal(form?.get('token'), app.forger.knobs.token.refresh_token)
        assert.deepEqual(failures, [])
      })
    }

    it(`${revoke === 'always' ? 'revokes' : 'leaves'} what the provider’s own logout ends`, async () => {
      const agent = await loggedIn()
      await agent.goto(`${app.url}/openid/logout`, { from: app.url, redirects: 0 })
      assert.equal(revoked().length, revoke === 'always' ? 1 : 0)
    })

    for (const [what, mischief, code] of [
      [
        'refuses',
        { status: 400, headers: { 'content-type': 'application/json' }, body: { error: 'invalid_request' } },
        'provider_rejected',
      ],
      ['does not answer', 'hang', 'provider_unavailable'],
      ['answers with an error', 'error', 'provider_unavailable'],
      ['goes away', 'drop', 'provider_unavailable'],
    ] as const) {
      it(`is complete, in time, when the provider ${what}; an event says so`, async () => {
        const agent = await loggedIn('openid offline_access')
        app.forger.knobs.mischief.revocation = mischief
        const startedAt = performance.now()
        const page = await agent.goto(`${app.url}/openid/logout`, { from: app.url, redirects: 0 })
        assert.ok(performance.now() - startedAt < 1500)
        assert.equal(page.status, 302)
        assert.equal((await agent.fetch(`${app.url}/private`)).status, 401)
        assert.deepEqual(
          failures.map(([, { code, sub }]) => [code, sub]),
          [[code, 'user-1']],
        )
        assert.equal(lastCode(app), undefined)
      })
    }

    it('says so when the provider has no such endpoint', async () => {
      app.forger.knobs.metadata = { revocation_endpoint: undefined }
      const agent = await loggedIn('openid offline_access')
      await agent.goto(`${app.url}/openid/logout`, { from: app.url, redirects: 0 })
      assert.deepEqual(
        failures.map(([, { code }]) => code),
        ['endpoint_missing'],
      )
    })

    it('of somebody who is not logged in asks nothing', async () => {
      await new UserAgent().goto(`${app.url}/openid/logout`, { from: app.url, redirects: 0 })
      assert.deepEqual(revoked(), [])
    })
  })
}

describe('endLogins()', () => {
  const app = useForgedAppEach(() => ({ timeout: 0.5 }))
  const failures = useEvents('revocation.failed')

  for (const which of ['sid', 'sub', 'id'] as const) {
    it(`of a ${which} revokes the refresh tokens of those that it ends when it is told to, and no others`, async () => {
      for (const sub of ['user-1', 'user-1', 'user-2']) {
        app.forger.knobs.sub = sub
        await new UserAgent().goto(`${app.url}/private`)
      }
      const [first, second] = await app.keycloak.logins({ sub: 'user-1' })
      assert.ok(first?.sid && second?.sid)
      const ends =
        which === 'sub' ? { sub: 'user-1' } : which === 'sid' ? { sid: first.sid } : { id: first.id }
      const ended = await app.keycloak.endLogins({ ...ends, revoke: true })
      assert.equal(ended, which === 'sub' ? 2 : 1)
      assert.equal(app.forger.counts.revocation, ended)
      assert.equal(await app.keycloak.endLogins({ sub: 'user-2' }), 1)
      assert.equal(app.forger.counts.revocation, ended)
    })
  }

  it('of a user revokes but those of the login that goes on', async () => {
    for (let i = 0; i < 2; i++) await new UserAgent().goto(`${app.url}/private`)
    const [stays] = await app.keycloak.logins({ sub: 'user-1' })
    assert.ok(stays)
    assert.equal(await app.keycloak.endLogins({ sub: 'user-1', except: stays.id, revoke: true }), 1)
    assert.equal(app.forger.counts.revocation, 1)
  })

  it('ends them in time also while the provider is away, and says so', async () => {
    for (let i = 0; i < 25; i++) await new UserAgent().goto(`${app.url}/private`)
    app.forger.knobs.mischief.revocation = 'hang'
    const startedAt = performance.now()
    assert.equal(await app.keycloak.endLogins({ sub: 'user-1', revoke: true }), 25)
    assert.ok(performance.now() - startedAt < 2000)
    assert.equal(failures.length, 25)
    assert.equal(app.forger.counts.revocation, 10)
  })
})
