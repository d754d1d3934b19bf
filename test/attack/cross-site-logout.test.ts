import assert from 'node:assert/strict'
import { useForgedApp } from '../support/app/forged-app.js'
import { lastCode, who } from '../support/app/who.js'
import type { Page } from '../support/browser/page.js'
import { UserAgent } from '../support/browser/user-agent.js'

const evil = 'https://evil.example'
const friend = 'https://friend.example'

type Answer = 'out' | 'refused' | 'asked'

/** Where a redirect, or a page that goes on by itself, leads. */
const leadsTo = (page: Page) => page.goesOnTo ?? page.header('location')

describe('A logout that another site asks for', () => {
  const app = useForgedApp({ allowedOrigins: [friend] })

  /** The headers by which a request tells where it comes from, and what becomes of it. */
  const requests = (own: string): [answer: Answer, headers: Record<string, string>][] => [
    ['out', { 'sec-fetch-site': 'none' }],
    ['out', { 'sec-fetch-site': 'same-origin' }],
    ['out', { 'sec-fetch-site': 'same-origin', origin: own, referer: `${own}/` }],
    ['refused', { 'sec-fetch-site': 'cross-site' }],
    ['refused', { 'sec-fetch-site': 'same-site' }],
    ['refused', { 'sec-fetch-site': 'cross-site', origin: evil }],
    ['refused', { 'sec-fetch-site': 'cross-site', referer: `${evil}/` }],
    ['refused', { 'sec-fetch-site': 'same-site', referer: 'http://sibling.localhost/' }],
    ['out', { 'sec-fetch-site': 'cross-site', origin: friend }],
    ['out', { 'sec-fetch-site': 'cross-site', referer: `${friend}/page` }],
    // An address of a stranger`s, on a page of our own, that redirects to the logout.
    ['refused', { 'sec-fetch-site': 'cross-site', referer: `${own}/` }],
    ['refused', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    ['refused', { 'sec-fetch-site': 'cross-site', origin: evil, referer: `${own}/` }],
    ['refused', { 'sec-fetch-site': 'what is this' }],
    // Browsers that do not know Sec-Fetch-Site.
    ['asked', {}],
    ['asked', { origin: 'null' }],
    ['asked', { origin: 'null', referer: `${own}/` }],
    ['out', { origin: own }],
    ['out', { referer: `${own}/page?x` }],
    ['out', { referer: `${friend}/` }],
    ['refused', { origin: evil }],
    ['refused', { origin: evil, referer: `${own}/` }],
    ['refused', { referer: `${evil}/` }],
    ['refused', { referer: `${own}.evil.example/` }],
    ['refused', { referer: 'nonsense' }],
  ]

  for (const method of ['GET', 'POST']) {
    it(`by ${method} is refused, the own pages can log out, and what may be either asks for a click`, async () => {
      for (const [answer, headers] of requests(app.url)) {
        const browser = new UserAgent()
        await browser.goto(`${app.url}/private`)
        const page = await browser.goto(`${app.url}/openid/logout`, {
          method,
          redirects: 0,
          headers: { 'sec-fetch-site': '', ...headers },
        })
        const told = JSON.stringify(headers)
        assert.equal((await who(browser, app)).loggedIn, answer !== 'out', told)
        if (answer === 'out') assert.ok(leadsTo(page).startsWith(app.forger.issuer), told)
        else if (answer === 'asked') assert.deepEqual([page.status, page.forms.length], [200, 1], told)
        else assert.deepEqual([page.status, lastCode(app)], [403, 'cross_site_request'], told)
      }
    })
  }

  it('by a redirect from its own page is refused too', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    await browser.goto(`${app.url}/openid/logout`, { from: `${evil}/page`, redirects: 0 })
    assert.equal((await who(browser, app)).loggedIn, true)
    await browser.goto(`${app.url}/openid/logout`, { from: `${app.url}/`, redirects: 0 })
    assert.equal((await who(browser, app)).loggedIn, false)
  })
  const silent = { 'sec-fetch-site': '' }

  for (const method of ['GET', 'POST']) {
    it(`by ${method} that nothing tells of ends by a click on the page that asks, and goes where it said`, async () => {
      const browser = new UserAgent()
      await browser.goto(`${app.url}/private`)
      const asked = await browser.goto(`${app.url}/openid/logout?redirectUri=/bye%3F%22&state=s1`, {
        method,
        headers: silent,
      })
      assert.match(asked.header('content-security-policy'), /frame-ancestors 'none'/)
      assert.equal(asked.header('x-frame-options'), 'DENY')
      assert.deepEqual([asked.header('cache-control'), asked.text], ['no-store', 'Log out? Log out'])
      const page = await browser.submit(asked, {}, { headers: { ...silent, origin: 'null' }, redirects: 0 })
      const sent = new URL(leadsTo(page)).searchParams
      assert.deepEqual(
        [sent.get('post_logout_redirect_uri'), sent.get('state')],
        [`${app.url}/bye?%22`, 's1'],
      )
      assert.equal((await who(browser, app)).loggedIn, false)
    })
  }

  it('with the answer of another login`s page, or a made up one, asks again', async () => {
    const [browser, stranger] = [new UserAgent(), new UserAgent()]
    await browser.goto(`${app.url}/private`)
    await stranger.goto(`${app.url}/private`)
    const foreign = await stranger.goto(`${app.url}/openid/logout`, { headers: silent })
    const { id = '' } = (await app.keycloak.logins({ sub: 'user-1' }))[0] ?? {}
    for (const confirmed of [foreign.form().fields.confirmed ?? '', '', 'yes', id]) {
      const options = { method: 'POST', headers: { ...silent, origin: 'null' }, body: { confirmed } }
      assert.equal((await browser.goto(`${app.url}/openid/logout`, options)).forms.length, 1)
    }
    assert.equal((await who(browser, app)).loggedIn, true)
  })

  it('with the right answer, but from another site, is refused all the same', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    const asked = await browser.goto(`${app.url}/openid/logout`, { headers: silent })
    const page = await browser.submit(asked, {}, { from: `${evil}/` })
    assert.equal(page.status, 403)
    assert.equal((await who(browser, app)).loggedIn, true)
  })

  it('by a script or an image of which nothing tells is refused: nobody could click', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    for (const accept of ['*/*', 'image/avif,image/webp,*/*']) {
      const headers = { ...silent, 'sec-fetch-mode': '', referer: '', accept }
      const answer = await browser.fetch(`${app.url}/openid/logout`, { headers })
      assert.deepEqual([answer.status, lastCode(app)], [403, 'logout_unconfirmed'])
    }
    assert.equal((await who(browser, app)).loggedIn, true)
  })
})
