import assert from 'node:assert/strict'
import type { Context } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { UserAgent } from '../../support/browser/user-agent.js'

describe('A route that takes a token or a login', () => {
  let browser: UserAgent
  const told = useEvents('access.refused', 'bearer.refused')
  const app = useForgedApp({
    extend: (_app, router, keycloak) => {
      const who = (ctx: Context) => {
        const { bearer, loggedIn, user } = ctx.state.keycloak
        ctx.body = { bearer: bearer?.sub, loggedIn, login: user?.sub }
      }
      router.all('/either', keycloak.sameOrigin(), keycloak.authenticate({ audience: 'api' }), who)
      router.get('/roles', keycloak.authenticate({ audience: 'api' }), keycloak.requireRole('clerk'), who)
      router.get('/strong', keycloak.authenticate({ audience: 'api', acr: 'gold', maxAge: 60 }), who)
      router.all('/unsafe', keycloak.sameOrigin(), who)
      router.all('/all', keycloak.sameOrigin({ methods: 'all' }), who)
    },
  })
  before(async () => {
    browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
  })

  function token(claims: Record<string, unknown> = {}): Promise<string> {
    const iat = Math.floor(Date.now() / 1000)
    const right = { iss: app.forger.issuer, sub: 'caller', aud: 'api', typ: 'Bearer', iat, exp: iat + 60 }
    return app.forger.sign({ ...right, ...claims })
  }
  const authorization = async (claims?: Record<string, unknown>) => `Bearer ${await token(claims)}`
  const cookie = () =>
    Object.entries(browser.cookies())
      .map(([name, value]) => `${name}=${value}`)
      .join('; ')
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(app.url + path, { method, headers, redirect: 'manual' })

  it('knows the user of a login, and the owner of a token', async () => {
    assert.deepEqual(await (await ask('/either', { cookie: cookie() })).json(), {
      loggedIn: true,
      login: 'user-1',
    })
    const answer = await ask('/either', { authorization: await authorization() })
    assert.deepEqual(
      [await answer.json(), answer.headers.get('cache-control')],
      [{ bearer: 'caller', loggedIn: false }, 'no-store'],
    )
  })

  it('takes a request with both for the token’s alone', async () => {
    const headers = { cookie: cookie(), authorization: await authorization() }
    assert.deepEqual(await (await ask('/either', headers)).json(), { bearer: 'caller', loggedIn: false })
    assert.equal((await browser.goto(`${app.url}/`)).json().loggedIn, true)
  })

  const bad: [what: string, value: () => Promise<string> | string][] = [
    ['for another audience', () => authorization({ aud: 'other' })],
    ['expired', () => authorization({ exp: 1 })],
    ['of another issuer', () => authorization({ iss: 'https://elsewhere.example' })],
    ['bound to a key', () => authorization({ cnf: { jkt: 'x' } })],
    ['that is none', () => 'Bearer nonsense'],
    ['that is not there', () => 'Bearer'],
    ['in two words', () => 'Bearer a b'],
    ['with odd characters', () => 'bearer {}'],
    ['under DPoP', async () => `DPoP ${await token()}`],
  ]
  for (const [what, value] of bad) {
    it(`refuses a token ${what}, whatever the cookie says, and repeats nothing of it`, async () => {
      const sent = await value()
      const answer = await ask('/either', { cookie: cookie(), authorization: sent, accept: 'text/html' })
      assert.equal(answer.status, 401)
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/)
      assert.doesNotMatch(await answer.text(), /nonsense|DPoP|\{\}/)
      assert.deepEqual(
        told.map(([event]) => event),
        ['bearer.refused'],
      )
    })
  }

  it('goes by the cookie where another scheme than a token’s stands', async () => {
    const headers = { cookie: cookie(), authorization: 'Basic c3RhZ2luZzpwYXNzd29yZA==' }
    assert.equal((await ask('/either', headers)).status, 200)
  })

  it('sends a page’s visitor to the login, and tells a program of both ways in', async () => {
    const page = await new UserAgent().goto(`${app.url}/either`, { redirects: 0 })
    assert.equal(page.status, 302)
    const answer = await ask('/either')
    const { error, login } = (await answer.json()) as Record<string, unknown>
    assert.deepEqual([answer.status, error, login], [401, 'login_required', '/openid/login'])
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer, Cookie realm="keycloak"')
  })

  it('has roles looked for in whichever it was, and never in the other', async () => {
    const clerk = { realm_access: { roles: ['clerk'] } }
    const strangers = await ask('/roles', { cookie: cookie(), authorization: await authorization(clerk) })
    assert.equal(strangers.status, 200)
    assert.equal((await ask('/roles', { cookie: cookie() })).status, 403)
    app.forger.knobs.accessToken.claims = clerk
    const other = new UserAgent()
    await other.goto(`${app.url}/private`)
    app.forger.reset()
    assert.equal((await other.goto(`${app.url}/roles`)).status, 200)
    const both = await other.fetch(`${app.url}/roles`, { headers: { authorization: await authorization() } })
    assert.equal(both.status, 403)
  })

  it('asks of either how its user proved who they are', async () => {
    const now = Math.floor(Date.now() / 1000)
    const strong = { acr: 'gold', auth_time: now }
    assert.equal((await ask('/strong', { authorization: await authorization(strong) })).status, 200)
    const weak = await ask('/strong', { authorization: await authorization({ ...strong, acr: '1' }) })
    assert.deepEqual(
      [weak.status, weak.headers.get('www-authenticate')],
      [401, 'Bearer error="insufficient_user_authentication", acr_values="gold", max_age="60"'],
    )
    const login = await ask('/strong', { cookie: cookie() })
    const { error, acr_values, max_age } = (await login.json()) as Record<string, unknown>
    assert.deepEqual([login.status, error, acr_values, max_age], [401, 'login_required', 'gold', 60])
  })

  describe('with sameOrigin() before it', () => {
    const post = (headers: Record<string, string>) => ask('/either', { cookie: cookie(), ...headers }, 'POST')

    it('refuses what another site’s page made the browser send, and what does not say', async () => {
      for (const headers of [
        { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
        { 'sec-fetch-site': 'cross-site' },
        { 'sec-fetch-site': 'same-site', origin: 'http://sibling.localhost' },
        { origin: 'https://evil.example' },
        { origin: 'null' },
        { referer: 'https://evil.example/page' },
        {},
      ] as Record<string, string>[]) {
        const answer = await post(headers)
        assert.equal(answer.status, 403, JSON.stringify(headers))
        assert.doesNotMatch(await answer.text(), /evil/)
      }
      assert.deepEqual(
        told.map(([, { code }]) => code),
        Array(7).fill('cross_site_request'),
      )
    })

    it('lets the application’s own pages pass, and a request with X-CSRF that says nothing else', async () => {
      for (const headers of [
        { 'sec-fetch-site': 'same-origin' },
        { origin: app.url },
        { referer: `${app.url}/page` },
        { 'x-csrf': '1' },
      ] as Record<string, string>[]) {
        assert.equal((await post(headers)).status, 200, JSON.stringify(headers))
      }
    })

    it('is no matter for a token, good or bad', async () => {
      const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://spa.example' }
      const good = await post({ ...elsewhere, authorization: await authorization() })
      assert.deepEqual([good.status, await good.json()], [200, { bearer: 'caller', loggedIn: false }])
      assert.equal((await post({ ...elsewhere, authorization: 'Bearer nonsense' })).status, 401)
      assert.equal((await post({ ...elsewhere, authorization: 'Basic x' })).status, 403)
    })

    it('looks at what may change something, and with `all` at the rest too', async () => {
      const elsewhere = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
      const statuses = async (path: string) => {
        const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
        return Promise.all(methods.map(async method => (await ask(path, elsewhere, method)).status))
      }
      assert.deepEqual(await statuses('/unsafe'), [200, 200, 403, 403, 403, 403])
      assert.deepEqual(await statuses('/all'), Array(6).fill(403))
    })
  })
})
