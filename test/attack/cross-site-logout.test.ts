import assert from 'node:assert/strict'
import { useForgedApp } from '../support/app/forged-app.js'
import { lastCode, who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'

const evil = 'https://evil.example'
const friend = 'https://friend.example'

describe('A logout that another site asks for', () => {
  const app = useForgedApp({ allowedOrigins: [friend] })

  /** The headers by which a request tells where it comes from, and whether it may log out. */
  const requests = (own: string): [allowed: boolean, headers: Record<string, string>][] => [
    [true, { 'sec-fetch-site': 'none' }],
    [true, { 'sec-fetch-site': 'same-origin' }],
    [true, { 'sec-fetch-site': 'same-origin', origin: own, referer: `${own}/` }],
    [false, { 'sec-fetch-site': 'cross-site' }],
    [false, { 'sec-fetch-site': 'same-site' }],
    [false, { 'sec-fetch-site': 'cross-site', origin: evil }],
    [false, { 'sec-fetch-site': 'cross-site', referer: `${evil}/` }],
    [false, { 'sec-fetch-site': 'same-site', referer: 'http://sibling.localhost/' }],
    [true, { 'sec-fetch-site': 'cross-site', origin: friend }],
    [true, { 'sec-fetch-site': 'cross-site', referer: `${friend}/page` }],
    // An address of a stranger`s, on a page of our own, that redirects to the logout.
    [false, { 'sec-fetch-site': 'cross-site', referer: `${own}/` }],
    [false, { 'sec-fetch-site': 'cross-site', origin: 'null' }],
    [false, { 'sec-fetch-site': 'cross-site', origin: evil, referer: `${own}/` }],
    [false, { 'sec-fetch-site': 'what is this' }],
    // Browsers that do not know Sec-Fetch-Site.
    [true, {}],
    [true, { origin: own }],
    [true, { referer: `${own}/page?x` }],
    [true, { referer: `${friend}/` }],
    [false, { origin: evil }],
    [false, { origin: 'null' }],
    [false, { origin: evil, referer: `${own}/` }],
    [false, { referer: `${evil}/` }],
    [false, { referer: `${own}.evil.example/` }],
    [false, { referer: 'nonsense' }],
  ]

  for (const method of ['GET', 'POST']) {
    it(`by ${method} is refused, whoever is logged in stays so, and the own pages can log out`, async () => {
      for (const [allowed, headers] of requests(app.url)) {
        const browser = new UserAgent()
        await browser.goto(`${app.url}/private`)
        const page = await browser.goto(`${app.url}/openid/logout`, {
          method,
          redirects: 0,
          headers: { 'sec-fetch-site': '', ...headers },
        })
        const told = JSON.stringify(headers)
        assert.equal((await who(browser, app)).loggedIn, !allowed, told)
        if (allowed) assert.equal(page.status, method === 'GET' ? 302 : 303, told)
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
})
