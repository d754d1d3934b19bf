import assert from 'node:assert/strict'
import { useApp } from '../../support/app/app.js'
import { UserAgent } from '../../support/browser/user-agent.js'

describe('Logging in and out', () => {
  const app = useApp()

  it('logs in, knows the user, and logs out', async () => {
    const browser = new UserAgent()
    assert.deepEqual(JSON.parse((await browser.goto(`${app.url}/`)).body), { loggedIn: false })

    const page = await browser.login(`${app.url}/private?a=1`, 'alice', 'alice')
    assert.equal(page.url, `${app.url}/private?a=1`)
    assert.deepEqual(JSON.parse(page.body), { username: 'alice' })

    const bye = await browser.goto(`${app.url}/openid/logout?redirectUri=/bye&state=s1`, {
      site: 'same-origin',
    })
    assert.equal(bye.url, `${app.url}/bye?state=s1`)
    assert.equal(JSON.parse((await browser.goto(`${app.url}/`)).body).loggedIn, false)
    assert.deepEqual(app.errors, [])
  })

  it('ends the login when the provider sends a logout request', async () => {
    const browser = new UserAgent()
    await browser.login(`${app.url}/private`, 'bob', 'bob')
    await app.provider.logoutUser('bob')
    assert.equal(JSON.parse((await browser.goto(`${app.url}/`)).body).loggedIn, false)
  })
})
