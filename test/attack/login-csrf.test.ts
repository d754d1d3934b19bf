import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { useForgedApp } from '../support/app/forged-app.js'
import { lastCode, who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'

describe('A login that somebody else has begun', () => {
  let attacker: UserAgent
  let victim: UserAgent
  const app = useForgedApp()
  beforeEach(() => {
    app.forger.reset()
    app.errors.length = 0
    attacker = new UserAgent()
    victim = new UserAgent()
  })

  /** Begins a login, and gives what leads to the provider and what leads back. */
  async function begin(agent: UserAgent) {
    const begun = await agent.goto(`${app.url}/openid/login`, { redirects: 0 })
    const away = new URL(begun.header('location'))
    return {
      away,
      cookies: [begun.headers['set-cookie'] ?? []].flat(),
      arrive: async () => {
        const back = await agent.goto(away.href, { redirects: 0 })
        return new URL(back.header('location'))
      },
    }
  }

  it('10.1.2 a callback with a code and a state that this browser did not begin logs in nobody', async () => {
    app.forger.knobs.sub = 'attacker'
    const callback = await (await begin(attacker)).arrive()
    app.forger.knobs.sub = 'victim'
    const page = await victim.goto(callback.href, { redirects: 0, site: 'cross-site' })
    assert.equal(page.status, 302)
    assert.equal(app.forger.counts.token, 0, 'the code is not even exchanged')
    assert.deepEqual(await who(victim, app), { loggedIn: false })
  })

  it('10.1.2 a stranger`s code with the state of one`s own login is refused', async () => {
    const callback = await (await begin(attacker)).arrive()
    const own = await (await begin(victim)).arrive()
    own.searchParams.set('code', callback.searchParams.get('code') ?? '')
    const page = await victim.goto(own.href)
    assert.deepEqual([page.status, lastCode(app)], [400, 'code_rejected'])
    assert.deepEqual(await who(victim, app), { loggedIn: false })
  })

  it('10.1.2 an ID token with the nonce of another login is refused', async () => {
    app.forger.knobs.idToken.claims = { nonce: 'of another login' }
    const page = await victim.goto(`${app.url}/private`)
    assert.deepEqual([page.status, lastCode(app)], [400, 'nonce_mismatch'])
    assert.deepEqual(await who(victim, app), { loggedIn: false })
  })

  it('10.1.2 a state serves once: the same callback a second time exchanges nothing', async () => {
    const callback = await (await begin(victim)).arrive()
    const page = await victim.goto(callback.href)
    assert.equal(page.json().loggedIn, true)
    await victim.goto(callback.href)
    assert.equal(app.forger.counts.token, 1)
  })

  it('10.1.2 a state is used up by a failure too', async () => {
    const callback = await (await begin(victim)).arrive()
    const wrong = new URL(callback)
    wrong.searchParams.set('code', 'x')
    assert.equal((await victim.goto(wrong.href)).status, 400)
    const page = await victim.goto(callback.href, { redirects: 0 })
    assert.ok(page.header('location').startsWith(app.forger.issuer), 'the login begins anew')
  })

  it('10.1.2 the cookie of one login does not serve the state of another', async () => {
    const first = await begin(attacker)
    const second = await begin(victim)
    const callback = await first.arrive()
    // The victim`s own cookie under the name that belongs to the attacker`s state.
    const name = /^[^=]+/.exec(first.cookies[0] ?? '')?.[0]
    const [value] = second.cookies.map(text => text.replace(/^[^=]+=/, '').split(';')[0])
    const headers = { cookie: `${name}=${value}` }
    const page = await new UserAgent().goto(callback.href, { headers, redirects: 0 })
    assert.ok(page.header('location').includes('.again'))
    assert.equal(app.forger.counts.token, 0)
  })

  it('10.2.1 every login has PKCE and a state of its own, bound to the browser', async () => {
    const { away, cookies } = await begin(victim)
    const { searchParams: sent } = away
    const [, nonce = '', codeVerifier = ''] = cookies[0]?.split('|') ?? []
    assert.equal(sent.get('nonce'), nonce)
    assert.equal(sent.get('code_challenge'), createHash('sha256').update(codeVerifier).digest('base64url'))
    assert.equal(new Set([sent.get('state'), nonce, codeVerifier]).size, 3)
  })

  it('10.2.1 a form of another site posted to the callback logs in nobody', async () => {
    const callback = await (await begin(attacker)).arrive()
    const page = await victim.goto(`${app.url}/openid/auth`, {
      method: 'POST',
      body: Object.fromEntries(callback.searchParams),
      site: 'cross-site',
      redirects: 0,
    })
    assert.equal(page.status, 303)
    await victim.goto(new URL(page.header('location'), page.url).href, { redirects: 0 })
    assert.deepEqual(await who(victim, app), { loggedIn: false })
    assert.equal(app.forger.counts.token, 0)
  })

  it('10.2.3 asks for no more than openid, profile and email', async () => {
    const { away } = await begin(victim)
    assert.equal(away.searchParams.get('scope'), 'openid profile email')
  })
})
