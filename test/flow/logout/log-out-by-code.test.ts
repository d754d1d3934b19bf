import assert from 'node:assert/strict'
import { logOut } from '../../../src/index.js'
import { startApp, type TestApp, type TestAppOptions, useProvider } from '../../support/app/app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { useStart } from '../../support/use.js'

describe('logOut(), by the application`s own code', () => {
  let browser: UserAgent
  const provider = useProvider()
  const start = useStart((options: TestAppOptions) => startApp(provider, options))
  beforeEach(() => {
    browser = new UserAgent()
  })

  const asksForPassword = async (app: TestApp) =>
    'password' in (await browser.goto(`${app.url}/private`)).form().fields

  it('in afterLogin leaves an unwanted user logged out here and at the provider', async () => {
    let unwanted = ''
    const app = await start({
      afterLogin: async (ctx, token) => {
        if (token.username !== 'bob') return
        unwanted = token.sub ?? ''
        await app.keycloak.logOut(ctx, { redirectUri: '/bye', state: 'unwanted' })
      },
    })
    const page = await browser.login(`${app.url}/private`, 'bob', 'bob')
    assert.equal(page.url, `${app.url}/bye?state=unwanted`)
    assert.deepEqual(await app.keycloak.logins({ sub: unwanted }), [], 'no login is left in the store')
    assert.deepEqual(await who(browser, app), { loggedIn: false })
    assert.ok(await asksForPassword(app), 'the provider has ended its session, too')
    const wanted = await new UserAgent().login(`${app.url}/private`, 'alice', 'alice')
    assert.equal(wanted.json().username, 'alice')
  })

  it('in a handler works for any method and from any site, and is never stored', async () => {
    const app = await start({
      extend: (_app, router, { provider: own }) => {
        router.all('/leave', ctx => logOut(own, ctx))
      },
    })
    for (const [method, status] of [
      ['POST', 200],
      ['GET', 302],
    ] as const) {
      await browser.login(`${app.url}/private`, 'alice', 'alice')
      const headers = { 'sec-fetch-site': 'cross-site', origin: 'https://other.example' }
      const answer = await browser.goto(`${app.url}/leave`, { method, headers, redirects: 0 })
      assert.deepEqual([answer.status, answer.header('cache-control')], [status, 'no-store'])
      const address = answer.goesOnTo ?? answer.header('location')
      const { searchParams } = new URL(address)
      assert.match(searchParams.get('id_token_hint') ?? '', /^eyJ/)
      assert.equal(searchParams.get('post_logout_redirect_uri'), `${app.url}/`)
      assert.equal((await who(browser, app)).loggedIn, false)
      await browser.goto(address)
      assert.ok(await asksForPassword(app))
    }
  })

  it('in a handler that a script asks tells its page where to go', async () => {
    const app = await start({
      extend: (_app, router, { provider: own }) => {
        router.post('/leave', ctx => logOut(own, ctx))
      },
    })
    await browser.login(`${app.url}/private`, 'alice', 'alice')
    const answer = await browser.fetch(`${app.url}/leave`, { method: 'POST' })
    assert.equal((await who(browser, app)).loggedIn, false)
    await browser.goto(answer.json<{ logout: string }>().logout)
    assert.ok(await asksForPassword(app))
  })

  it('ends the login also where the application has emptied its session before', async () => {
    let sub = ''
    const app = await start({
      extend: (_app, router, keycloak) => {
        router.get('/leave', ctx => {
          sub = ctx.state.keycloak.token.sub
          ctx.session = null
          return keycloak.logOut(ctx)
        })
      },
    })
    await browser.login(`${app.url}/private`, 'alice', 'alice')
    assert.equal((await browser.goto(`${app.url}/leave`)).url, `${app.url}/`)
    assert.deepEqual(await app.keycloak.logins({ sub }), [])
  })

  it('refuses an address elsewhere and an option that it does not know: the user stays', async () => {
    const app = await start({
      extend: (_app, router, keycloak) => {
        router.get('/elsewhere', ctx => keycloak.logOut(ctx, { redirectUri: 'https://evil.example/' }))
        router.get('/misspelt', ctx => keycloak.logOut(ctx, { redirectURI: '/' } as object))
      },
    })
    await browser.login(`${app.url}/private`, 'alice', 'alice')
    assert.equal((await browser.goto(`${app.url}/elsewhere`)).status, 400)
    assert.equal((await browser.goto(`${app.url}/misspelt`)).status, 500)
    assert.equal(lastCode(app), 'invalid_options')
    await assert.rejects(app.keycloak.logOut({} as never), { code: 'invalid_options' })
    assert.equal((await who(browser, app)).loggedIn, true)
  })
})
