import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { startDemo } from '../../example/demo/start.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { fakeClock } from '../support/clock.js'
import { type Program, start } from './program.js'

const anyPorts = { PORT: '0', PORT_TWO: '0', KEYCLOAK_PORT: '0' }

describe('The demo', function () {
  this.timeout(30_000) // whole processes are started, on machines that may be busy

  let demo: Program
  let one: string
  let two: string

  before(async () => {
    demo = start('demo.ts', anyPorts)
    one = await demo.printed(/Application one +(http\S+)/)
    two = await demo.printed(/Application two +(http\S+)/)
  })

  after(async () => {
    assert.equal(await demo.end('SIGINT'), 0)
  })

  /** A browser in which this user is logged in to the first application. */
  async function loggedIn(username: string, url = `${one}/openid/login`): Promise<UserAgent> {
    const browser = new UserAgent()
    await browser.login(url, username, username)
    return browser
  }

  const shown = async (browser: UserAgent, url: string) => (await browser.goto(url)).text

  it('prints its addresses and users, and does not pretend that its Keycloak is one', async () => {
    await demo.printed(/Ctrl-C/)
    assert.match(demo.output, /alice \/ alice/)
    assert.match(demo.output, /not a real one: oidc-provider/)
    assert.match(await shown(new UserAgent(), one), /Nobody is logged in here/)
  })

  it('logs in to one application, and is then known to the other without a password', async () => {
    const browser = await loggedIn('alice')
    assert.match(await shown(browser, one), /You are logged in as alice/)
    const page = await browser.goto(two)
    assert.equal(page.url, `${two}/`)
    assert.match(page.text, /You are logged in as alice/)
    assert.match(page.text, /alice yes yes/)
  })

  it('logs out of one application, and the other has had a logout request before the browser is back', async () => {
    const browser = await loggedIn('bob')
    await browser.goto(`${two}/openid/login`)
    const bye = await browser.goto(`${one}/openid/logout`, { from: one })
    assert.equal(bye.url, `${one}/`)
    assert.match(bye.text, /Nobody is logged in here/)
    assert.match(bye.text, /Application one bob logged out here/)
    assert.match(bye.text, /Application two received a logout request, and ended one login/)
    assert.match(await shown(browser, two), /Nobody is logged in here/)
  })

  it('shows the tokens’ claims, how long the access token lives, and no token', async () => {
    const page = await (await loggedIn('alice')).goto(one)
    const { body, text } = page
    assert.match(text, /iss who issued it http/)
    assert.match(text, /realm_access roles in the realm/)
    assert.match(text, /lives for another (2\d|30) seconds of 30/)
    assert.doesNotMatch(body, /eyJ/)
    assert.equal(page.header('cache-control'), 'no-store')
    assert.match(page.header('content-security-policy'), /^default-src 'self'/)
  })

  it('opens the admin page for alice alone, who can have Keycloak log bob out everywhere', async () => {
    const bob = await loggedIn('bob')
    await bob.goto(`${two}/openid/login`)
    const refused = await bob.goto(`${one}/admin`)
    assert.equal(refused.status, 403)
    assert.match(refused.text, /role_missing/)

    const alice = await loggedIn('alice', `${one}/admin`)
    const admin = await alice.goto(`${one}/admin`)
    assert.match(admin.text, /bob yes yes/)
    const done = await alice.submit(admin, {}, { form: 'log-out-bob' })
    assert.equal(done.url, `${one}/admin`)
    assert.match(done.text, /bob no no/)
    for (const url of [one, two]) assert.match(await shown(bob, url), /Nobody is logged in here/)
  })

  it('takes the administrator’s form from no page but its own, and from nobody else', async () => {
    const alice = await loggedIn('alice')
    const bob = await loggedIn('bob')
    const path = `${one}/admin/log-out/alice`
    assert.equal((await alice.goto(path, { method: 'POST', from: two })).status, 403)
    assert.equal((await bob.goto(path, { method: 'POST', from: one })).status, 403)
    assert.match(await shown(alice, one), /You are logged in as alice/)
  })

  it('asks for a stronger login where one is wanted, and comes back', async () => {
    const browser = await loggedIn('alice')
    const asked = await browser.goto(`${one}/step-up`)
    assert.match(asked.text, /to continue to Application one/)
    const page = await browser.submit(asked, { username: 'alice', password: 'alice' })
    assert.equal(page.url, `${one}/step-up`)
    assert.match(page.text, /Yours is gold/)
  })

  it('shows an error as a page, with its code and its headers', async () => {
    const page = await new UserAgent().goto(`${one}/openid/login?returnTo=//elsewhere.example`)
    assert.equal(page.status, 400)
    assert.match(page.text, /Code: invalid_redirect/)
    const head = await new UserAgent().goto(`${one}/openid/login`, { method: 'HEAD' })
    assert.deepEqual([head.status, head.header('allow')], [405, 'GET'])
    assert.equal((await new UserAgent().goto(`${one}/nowhere`)).status, 404)
  })

  it('breaks and mends only by forms of its own pages', async () => {
    const browser = new UserAgent()
    for (const path of ['break/down', 'clear']) {
      assert.equal((await browser.goto(`${one}/${path}`, { method: 'POST', from: two })).status, 403)
    }
    assert.equal((await browser.goto(`${one}/break/constructor`, { method: 'POST', from: one })).status, 404)
    assert.match(await shown(browser, `${one}/sequence`), /Keycloak down Who is logged in stays so/)
  })

  it('says which port is taken, and how to choose another', async () => {
    const server = createServer().listen(0, 'localhost')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    try {
      const second = start('demo.ts', { ...anyPorts, PORT_TWO: `${port}` })
      assert.equal(await second.ended, 1)
      assert.match(second.output, new RegExp(`^Port ${port} is taken .*PORT_TWO=`))
    } finally {
      server.close()
    }
  })

  it('tells of a renewal, once, when the access token has expired', async () => {
    const clock = fakeClock()
    const running = await startDemo({ one: 0, two: 0, keycloak: 0 }, clock)
    try {
      const url = running.applications[0]?.url ?? ''
      const browser = await loggedIn('alice', `${url}/openid/login`)
      clock.advance(31)
      const renewals = /Application one renewed the tokens of alice/g
      await browser.goto(url)
      assert.equal((await shown(browser, url)).match(renewals)?.length, 1)
    } finally {
      await running.close()
    }
  })

  it('tells when Keycloak has refused a renewal, since the session is over there', async () => {
    const clock = fakeClock()
    const running = await startDemo({ one: 0, two: 0, keycloak: 0 }, clock)
    try {
      const url = running.applications[0]?.url ?? ''
      const browser = await loggedIn('alice', `${url}/openid/login`)
      await running.standIn.expireSessions('alice')
      clock.advance(31)
      const text = await shown(browser, url)
      assert.match(text, /Nobody is logged in here/)
      assert.match(text, /Keycloak refused: that login of alice is over/)
    } finally {
      await running.close()
    }
  })
})
