import assert from 'node:assert/strict'
import { whoAmI } from '../../../src/index.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

// biome-ignore lint/suspicious/noExplicitAny: JSON, as it came
type Json = any

describe('whoAmI()', () => {
  const clock = fakeClock()
  const app = useForgedApp(
    {
      now: clock.now,
      extend: (koa, router, keycloak) => {
        // Before routes(), which stand first.
        const [session = assert.fail()] = koa.middleware.splice(0, 1)
        koa.middleware.unshift(session, async (ctx, next) =>
          ctx.path === '/me' ? whoAmI(keycloak.provider)(ctx, next) : next(),
        )
        router.get('/behind', keycloak.whoAmI({ claims: ['sub', 'sid'] }))
      },
    },
    { now: clock.now },
  )

  it('tells what a page may know, with 200 also for nobody', async () => {
    const nobody = await fetch(`${app.url}/me`)
    assert.equal(nobody.status, 200)
    assert.equal(nobody.headers.get('cache-control'), 'no-store')
    assert.deepEqual(await nobody.json(), {
      loggedIn: false,
      login: '/openid/login',
      logout: '/openid/logout',
    })

    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    const { loggedIn, user, expiresIn, ...more } = (await browser.fetch(`${app.url}/me`)).json() as Json
    assert.deepEqual(
      [loggedIn, user.sub, more],
      [true, 'user-1', { login: '/openid/login', logout: '/openid/logout' }],
    )
    assert.deepEqual(
      Object.keys(user).filter(name => ['iss', 'aud', 'nonce', 'sid', 'at_hash'].includes(name)),
      [],
    )
    assert.ok(expiresIn > 0 && Number.isInteger(expiresIn))
    assert.deepEqual(Object.keys(((await browser.fetch(`${app.url}/behind`)).json() as Json).user).sort(), [
      'sid',
      'sub',
    ])
  })

  it('laid before routes() it renews nothing, sets no cookie, and lengthens no login', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    const renewals = () => app.forger.requests.filter(({ form }) => form.has('refresh_token')).length
    const before = renewals()
    const first = ((await browser.fetch(`${app.url}/me`)).json() as Json).expiresIn
    clock.advance(299) // the access token is due
    const answer = await browser.fetch(`${app.url}/me`)
    assert.equal(answer.header('set-cookie'), '')
    assert.equal(answer.json().expiresIn, first - 299)
    assert.equal(renewals(), before)
    await browser.fetch(`${app.url}/behind`)
    assert.equal(renewals(), before + 1)
  })

  it('tells that a login has ended', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    await app.keycloak.endLogins({ sub: 'user-1' })
    assert.equal((await browser.fetch(`${app.url}/me`)).json().loggedIn, false)
  })
})
