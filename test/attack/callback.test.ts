import assert from 'node:assert/strict'
import { createKeycloak, type Keycloak } from '../../src/index.js'
import { type ForgedApp, startForgedApp } from '../support/app/forged-app.js'
import { lastCode, who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { type Forger, startForger } from '../support/forger/forger.js'

/** Goes as far as the provider's answer, and does not deliver it. */
async function answerOf(browser: UserAgent, url: string): Promise<URL> {
  const toProvider = await browser.goto(url, { redirects: 0 })
  const back = await browser.goto(toProvider.header('location') ?? '', { redirects: 0 })
  return new URL(back.header('location') ?? '')
}

describe('Answers that are not to what this browser asked', () => {
  let app: ForgedApp
  let second: Forger
  before(async () => {
    second = await startForger({ clientSecret: 'app-secret' })
    app = await startForgedApp({
      extend: (koa, router) => {
        const keycloak: Keycloak = createKeycloak({
          name: 'second',
          prefix: '/second',
          configuration: second.discoveryUrl,
          clientId: 'app',
          clientSecret: 'app-secret',
        })
        koa.use(keycloak.routes())
        router.get('/second/private', keycloak.requireLogin(), ctx => {
          ctx.body = 'in'
        })
      },
    })
  })
  beforeEach(() => {
    app.forger.reset()
    second.reset()
    app.errors.length = 0
  })
  after(async () => {
    await app.close()
    await second.close()
  })

  const login = () => `${app.url}/openid/login`

  it('10.1.2 state, nonce and PKCE verifier are new for every login, and long', async () => {
    const seen = new Set<string>()
    const browser = new UserAgent()
    for (let i = 0; i < 20; i++) {
      const page = await browser.goto(login(), { redirects: 0 })
      const params = new URL(page.header('location') ?? '').searchParams
      for (const name of ['state', 'nonce', 'code_challenge']) {
        const value = params.get(name) ?? ''
        assert.match(value, /^[\w-]{43}$/, name) // 256 bits
        seen.add(value)
      }
    }
    assert.equal(seen.size, 60)
  })

  it('10.1.2 nothing of the verifier or the nonce is where a page or an address could show it', async () => {
    const browser = new UserAgent()
    const page = await browser.goto(login(), { redirects: 0 })
    await browser.goto(page.header('location') ?? '')
    const verifier = app.forger.last('token').form.get('code_verifier') ?? ''
    assert.equal(verifier.length, 43)
    assert.ok(!`${page.header('location')}${page.body}`.includes(verifier))
  })

  it('10.1.2 an answer to another browser logs nobody in and spends no code', async () => {
    const answer = await answerOf(new UserAgent(), login())
    const other = new UserAgent()
    const page = await other.goto(answer.href, { redirects: 0 })
    // Its own login begins instead.
    assert.match(page.header('location') ?? '', /\/auth\?/)
    assert.notEqual(
      new URL(page.header('location') ?? '').searchParams.get('state'),
      answer.searchParams.get('state'),
    )
    assert.equal(app.forger.counts.token, 0)
    assert.equal((await who(other, app)).loggedIn, false)
  })

  it('10.1.2 an answer counts once', async () => {
    const browser = new UserAgent()
    const answer = await answerOf(browser, login())
    const copy = browser.clone()
    await browser.goto(answer.href)
    assert.equal((await who(browser, app)).loggedIn, true)
    await browser.goto(answer.href)
    assert.equal(app.forger.counts.token, 1)
    // A copy of the cookies from before can only present a code that is spent.
    const page = await copy.goto(answer.href, { redirects: 0 })
    assert.deepEqual([page.status, lastCode(app)], [400, 'code_rejected'])
    assert.equal((await who(copy, app)).loggedIn, false)
  })

  it('10.2.1 a link with a code of the attacker logs nobody in (login CSRF)', async () => {
    const attackers = await answerOf(new UserAgent(), login())
    const victim = new UserAgent()
    for (const state of [attackers.searchParams.get('state'), 'x', '', null]) {
      const link = new URL(attackers)
      if (state === null) link.searchParams.delete('state')
      else link.searchParams.set('state', state)
      await victim.goto(link.href, { redirects: 0, site: 'cross-site' })
      assert.equal((await who(victim, app)).loggedIn, false)
    }
    assert.equal(app.forger.counts.token, 0)
  })

  it('10.2.1 a code of the attacker under a state of the victim is refused, by PKCE', async () => {
    const attackers = await answerOf(new UserAgent(), login())
    const victim = new UserAgent()
    const own = await answerOf(victim, login())
    own.searchParams.set('code', attackers.searchParams.get('code') ?? '')
    const page = await victim.goto(own.href, { redirects: 0 })
    assert.deepEqual([page.status, lastCode(app)], [400, 'code_rejected'])
    assert.equal((await who(victim, app)).loggedIn, false)
  })

  it('10.2.1 and by the nonce, at a provider that does not check PKCE', async () => {
    const victim = new UserAgent()
    const own = await answerOf(victim, login())
    app.forger.knobs.idToken = { claims: { nonce: 'of the login that the code belongs to' } }
    const page = await victim.goto(own.href, { redirects: 0 })
    assert.deepEqual([page.status, lastCode(app)], [400, 'nonce_mismatch'])
    assert.equal((await who(victim, app)).loggedIn, false)
  })

  it('10.2.1 PKCE is S256, also where the provider does not announce it', async () => {
    app.forger.knobs.metadata = { code_challenge_methods_supported: ['plain'] }
    await new UserAgent().goto(login())
    const { searchParams } = app.forger.last('authorization').url
    assert.equal(searchParams.get('code_challenge_method'), 'S256')
  })

  it('10.2.1 nothing but a code is asked for: no token comes back in an address (RFC 9700, section 2.1.2)', async () => {
    await new UserAgent().goto(`${login()}?response_type=token&response_mode=fragment&request=x`)
    const { searchParams } = app.forger.last('authorization').url
    assert.equal(searchParams.get('response_type'), 'code')
    assert.deepEqual([searchParams.get('response_mode'), searchParams.get('request')], [null, null])
  })

  it('10.2.2 an answer of another issuer sends the code to nobody (mix-up)', async () => {
    for (const iss of ['https://evil.example', second.issuer, `${app.forger.issuer}/`, undefined]) {
      app.forger.knobs.authorization = { iss }
      const page = await new UserAgent().goto(login())
      const code = iss === undefined ? 'issuer_missing' : 'issuer_mismatch'
      assert.deepEqual([page.status, lastCode(app)], [400, code])
    }
    assert.equal(app.forger.counts.token + second.counts.token, 0)
  })

  it("10.2.2 an answer of one provider is nothing at another provider's callback", async () => {
    const browser = new UserAgent()
    const answer = await answerOf(browser, `${app.url}/second/login`)
    const moved = new URL(answer.href.replace('/second/auth', '/openid/auth'))
    for (const iss of [answer.searchParams.get('iss') ?? '', app.forger.issuer]) {
      moved.searchParams.set('iss', iss)
      await browser.goto(moved.href, { redirects: 0 })
    }
    assert.equal(app.forger.counts.token + second.counts.token, 0)
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('10.2.2 the redirect URI is the one of the request, whatever host the answer comes to', async () => {
    const browser = new UserAgent()
    const answer = await answerOf(browser, login())
    await browser.goto(answer.href, { headers: { host: 'evil.example' }, redirects: 0 })
    assert.equal(app.forger.last('token').form.get('redirect_uri'), `${app.url}/openid/auth`)
  })
})
