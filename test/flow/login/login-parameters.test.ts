import assert from 'node:assert/strict'
import { discovery, login } from '../../../src/index.js'
import { useApp } from '../../support/app/app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'

describe('Parameters of a login', () => {
  const app = useApp({
    authorizationParams: { kc_idp_hint: 'github', ui_locales: 'de' },
    queryParams: ['login_hint', 'prompt', 'max_age', 'ui_locales'],
    extend: (_app, router, { provider: p }) => {
      const begin = (path: string, options: Parameters<typeof login>[1]) =>
        router.get(path, discovery(p), login(p, options))
      router.get('/sub', ctx => {
        ctx.body = ctx.state.keycloak.token.sub
      })
      begin('/register', { authorizationParams: { prompt: 'create' }, queryParams: [] })
      begin('/silent', { authorizationParams: { prompt: 'none' }, returnTo: '/?silent' })
      begin('/offline', { scopes: ['openid', 'offline_access'], returnTo: '/private' })
    },
  })
  beforeEach(() => {
    app.errors.length = 0
  })

  async function asked(path: string): Promise<URLSearchParams> {
    const page = await new UserAgent().goto(`${app.url}${path}`, { redirects: 0 })
    assert.equal(page.status, 302)
    return new URL(page.header('location')).searchParams
  }

  const subOf = async (browser: UserAgent) => (await browser.goto(`${app.url}/sub`)).body

  it('state, nonce and code challenge are new every time, and long', async () => {
    const [first, second] = [await asked('/openid/login'), await asked('/openid/login')]
    for (const name of ['state', 'nonce', 'code_challenge']) {
      assert.notEqual(first.get(name), second.get(name))
      assert.ok((first.get(name)?.length ?? 0) >= 43, name)
    }
    assert.equal(first.get('code_challenge_method'), 'S256')
    assert.equal(first.get('response_type'), 'code')
    assert.equal(first.get('redirect_uri'), `${app.url}/openid/auth`)
  })

  it('what the developer has fixed is sent with every login, from guards too', async () => {
    for (const path of ['/openid/login', '/private']) {
      const params = await asked(path)
      assert.deepEqual([params.get('kc_idp_hint'), params.get('ui_locales')], ['github', 'de'])
    }
  })

  it('a link may set what is allowed by name, and nothing else', async () => {
    const link =
      '/openid/login?login_hint=bob&ui_locales=fr&acr_values=gold&kc_idp_hint=x&scope=all&client_id=x'
    const params = await asked(link)
    assert.deepEqual(Object.fromEntries(params), {
      ...Object.fromEntries(params),
      login_hint: 'bob',
      ui_locales: 'fr',
      kc_idp_hint: 'github',
      scope: 'openid profile email',
      client_id: 'app',
    })
    assert.equal(params.has('acr_values'), false)
  })

  it('a link can not set what a login of its own has fixed', async () => {
    const params = await asked('/register?prompt=none&login_hint=bob')
    assert.deepEqual([params.get('prompt'), params.has('login_hint')], ['create', false])
    assert.equal((await asked('/silent?prompt=login')).get('prompt'), 'none')
  })

  it('refuses a parameter longer than Keycloak takes it', async () => {
    for (const query of [`login_hint=${'a'.repeat(256)}`, `ui_locales=${'a'.repeat(2001)}`]) {
      const page = await new UserAgent().goto(`${app.url}/openid/login?${query}`)
      assert.deepEqual([page.status, lastCode(app)], [400, 'invalid_request'])
    }
  })

  it('a login may ask for scopes of its own', async () => {
    assert.equal((await asked('/offline')).get('scope'), 'openid offline_access')
    const browser = new UserAgent()
    assert.equal((await browser.login(`${app.url}/offline`, 'bob', 'bob')).url, `${app.url}/private`)
  })

  it('prompt=create shows the registration, and the new user is logged in', async () => {
    const browser = new UserAgent()
    const page = await browser.goto(`${app.url}/register`)
    const done = await browser.submit(page, { username: 'carol', password: 'carol' })
    assert.equal(done.url, `${app.url}/`)
    assert.equal((await who(browser, app)).username, 'carol')
  })

  it('prompt=login asks for the password although there is a session', async () => {
    const browser = new UserAgent()
    await browser.login(`${app.url}/private`, 'bob', 'bob')
    assert.equal((await browser.goto(`${app.url}/openid/login`)).url, `${app.url}/`)
    const page = await browser.goto(`${app.url}/openid/login?prompt=login`)
    assert.ok('password' in page.form().fields)
  })

  it('prompt=none logs in silently whoever has a session with the provider', async () => {
    const browser = new UserAgent()
    await browser.login(`${app.url}/private`, 'bob', 'bob')
    const alice = new UserAgent()
    await alice.login(`${app.url}/private`, 'alice', 'alice')
    for (const { id } of await app.keycloak.logins({ sub: await subOf(browser) })) {
      await app.keycloak.endLogins({ id })
    }
    assert.deepEqual(await who(browser, app), { loggedIn: false })
    const page = await browser.goto(`${app.url}/silent`)
    assert.deepEqual([page.url, page.json().username], [`${app.url}/?silent`, 'bob'])
    assert.equal((await who(alice, app)).username, 'alice')
  })

  it('prompt=none without a session comes back as it went, without an error', async () => {
    const browser = new UserAgent()
    const page = await browser.goto(`${app.url}/silent`)
    assert.deepEqual([page.status, page.url, page.json().loggedIn], [200, `${app.url}/?silent`, false])
    assert.deepEqual(app.errors, [])
  })

  it('max_age from a link asks for the password when the last time is too long ago', async () => {
    const browser = new UserAgent()
    await browser.login(`${app.url}/private`, 'bob', 'bob')
    assert.ok('password' in (await browser.goto(`${app.url}/openid/login?max_age=0`)).form().fields)
    assert.equal((await browser.goto(`${app.url}/openid/login?max_age=1000`)).url, `${app.url}/`)
  })
})
