import assert from 'node:assert/strict'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import type { StandIn } from '../../../example/stand-in/stand-in.js'
import { createKeycloak, type Keycloak, memoryStore, SetupError } from '../../../src/index.js'
import { useApp, useProvider } from '../../support/app/app.js'
import { startForgedApp, useForgedApp } from '../../support/app/forged-app.js'
import { useServed } from '../../support/app/serve.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import { useForger } from '../../support/forger/forger.js'
import { useStart } from '../../support/use.js'

describe('Two realms in one application, with users of the same sub', () => {
  const user = { username: 'alice', password: 'alice', sub: 'the-same' }
  const realms = ['one', 'two'].map(realm => useProvider({ realm, users: [user] }))
  const keycloaks: Keycloak[] = []
  let browser: UserAgent
  const served = useServed(async url => {
    const app = new Koa({ keys: ['a key for tests'] })
    const store = memoryStore()
    app.use(session({}, app))
    for (const [index, name] of ['one', 'two'].entries()) {
      const realm = realms[index] as StandIn
      const prefix = `/${name}`
      await realm.addClient({
        clientId: 'app',
        clientSecret: 'app-secret',
        redirectUris: [`${url}${prefix}/auth`],
        postLogoutRedirectUris: [`${url}/`],
        logoutRequestUri: `${url}${prefix}/logout_request`,
      })
      const options = { configuration: realm.issuer, clientId: 'app', clientSecret: 'app-secret' }
      const keycloak = createKeycloak({ ...options, name, prefix, store })
      keycloaks.push(keycloak)
      app.use(keycloak.routes())
    }
    const router = new Router()
    router.get('/note', ctx => {
      ctx.session.note = 'kept'
      ctx.body = ''
    })
    router.get('/', ctx => {
      const { one, two } = ctx.state
      ctx.body = { one: one.loggedIn, two: two.loggedIn, note: ctx.session.note }
    })
    app.use(router.routes())
    return app
  })
  beforeEach(async () => {
    browser = new UserAgent()
    await browser.login(`${served.url}/one/login`, 'alice', 'alice')
    await browser.login(`${served.url}/two/login`, 'alice', 'alice')
  })

  const state = async () => (await browser.goto(`${served.url}/`)).json()

  it('both can be logged in at once, in one session', async () => {
    assert.deepEqual(await state(), { one: true, two: true })
  })

  it('logging out of one leaves the other, and what the application keeps', async () => {
    await browser.goto(`${served.url}/note`)
    await browser.goto(`${served.url}/one/logout`)
    assert.deepEqual(await state(), { one: false, two: true, note: 'kept' })
    await browser.goto(`${served.url}/two/logout`)
    assert.deepEqual(await state(), { one: false, two: false })
  })

  it('a logout request of one realm leaves the other realm`s user of that sub', async () => {
    await realms[0]?.logoutUser('alice')
    assert.deepEqual(await state(), { one: false, two: true })
  })

  it('ending the logins of a sub in one leaves the other', async () => {
    assert.ok(Number(await keycloaks[1]?.endLogins({ sub: 'the-same' })) > 0)
    assert.deepEqual(await state(), { one: true, two: false })
  })

  it('the callback of one takes nothing that was begun with the other', async () => {
    const fresh = new UserAgent()
    const begun = await fresh.goto(`${served.url}/one/login`, { redirects: 0 })
    const sent = new URL(begun.header('location')).searchParams.get('state')
    const page = await fresh.goto(`${served.url}/two/auth?code=x&state=${sent}`, { redirects: 0 })
    // Unknown there: a login with the second realm begins.
    assert.ok(page.header('location').startsWith(realms[1]?.issuer ?? '-'))
  })

  it('names the routes of each', () => {
    assert.equal(keycloaks[0]?.router.url('one.login'), '/one/login')
    assert.equal(keycloaks[1]?.router.url('two.logoutRequest'), '/two/logout_request')
    assert.equal(keycloaks[1]?.loginUrl({ returnTo: '/a?b' }), '/two/login?returnTo=%2Fa%3Fb')
    assert.equal(keycloaks[1]?.logoutUrl(), '/two/logout')
  })
})

describe('Two providers of one application that have the same name', () => {
  const clientSecret = 'app-secret'
  const forgers = [useForger({ clientSecret }), useForger({ clientSecret })]
  const errors: Error[] = []
  beforeEach(() => {
    errors.length = 0
  })

  /** An application with both, of which the pages are made. */
  const useBoth = (pages: (app: Koa, one: Keycloak, two: Keycloak) => void) =>
    useServed(() => {
      const app = new Koa({ keys: ['a key for tests'] })
      app.on('error', error => errors.push(error))
      app.use(session({}, app))
      const [one, two] = forgers.map(({ discoveryUrl, clientId }, i) =>
        createKeycloak({
          configuration: discoveryUrl,
          clientId,
          clientSecret,
          prefix: `/${i}`,
          store: memoryStore(),
        }),
      ) as [Keycloak, Keycloak]
      pages(app, one, two)
      return app
    })

  const guarded = useBoth((app, one, two) => {
    const router = new Router()
    router.get('/one', one.requireLogin(), ctx => {
      ctx.body = 'private'
    })
    router.get('/two', two.requireLogin(), ctx => {
      ctx.body = 'private'
    })
    app.use(one.routes()).use(router.routes())
  })

  it('are told apart: the guard of one lets no user of the other in, and the error says why', async () => {
    const browser = new UserAgent()
    assert.equal((await browser.goto(`${guarded.url}/one`)).body, 'private')
    const page = await browser.goto(`${guarded.url}/two`)
    assert.deepEqual([page.status, page.body], [500, 'Internal Server Error'])
    const [error] = errors
    assert.ok(error instanceof SetupError)
    assert.deepEqual([error.code, errors.length], ['name_taken', 1])
    assert.match(error.message, /same name/)
  })

  const both = useBoth((app, one, two) => {
    app.use(one.routes()).use(two.routes())
    app.use(ctx => {
      ctx.body = 'for all'
    })
  })

  it('are found out at the first request, before anybody logs in', async () => {
    assert.equal((await new UserAgent().goto(`${both.url}/`)).status, 500)
    assert.deepEqual(
      errors.map(({ name }) => name),
      ['SetupError'],
    )
    assert.equal((errors[0] as { code?: string }).code, 'name_taken')
  })
})

describe('An ordinary provider, which is no Keycloak', () => {
  const app = useApp({}, { plain: true })

  it('logs in, without sid, roles and refresh token, and out, without an endpoint for it', async () => {
    const browser = new UserAgent()
    const page = await browser.login(`${app.url}/private`, 'alice', 'alice')
    assert.equal(page.url, `${app.url}/private`)
    const { loggedIn, sid } = await who(browser, app)
    assert.deepEqual([loggedIn, sid], [true, undefined])
    assert.equal((await browser.goto(`${app.url}/admin`)).status, 403)
    const bye = await browser.goto(`${app.url}/openid/logout?redirectUri=/bye&state=s1`)
    assert.equal(bye.url, `${app.url}/bye?state=s1`)
    assert.equal((await who(browser, app)).loggedIn, false)
    assert.deepEqual(app.errors.map(error => (error as { code?: string }).code).filter(Boolean), [
      'role_missing',
    ])
  })

  it('ends a login by a logout request without a sid', async () => {
    const browser = new UserAgent()
    await browser.login(`${app.url}/private`, 'bob', 'bob')
    await app.provider.logoutUser('bob')
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  const start = useStart(startForgedApp)
  it('a login whose token can not be renewed goes on until its cap, and has no access token then', async () => {
    const clock = fakeClock()
    const forged = await start(
      {
        now: clock.now,
        maxAge: 1000,
        extend: (_app, router, keycloak) => {
          router.get('/token', async ctx => {
            ctx.body = (await keycloak.accessToken(ctx)).slice(0, 3)
          })
        },
      },
      { now: clock.now },
    )
    forged.forger.knobs.token = { refresh_token: undefined, refresh_expires_in: undefined }
    const browser = new UserAgent()
    await browser.goto(`${forged.url}/private`)
    assert.equal((await browser.goto(`${forged.url}/token`)).body, 'eyJ')
    clock.advance(400)
    assert.equal((await who(browser, forged)).loggedIn, true)
    const expired = await browser.fetch(`${forged.url}/token`)
    assert.deepEqual([expired.status, lastCode(forged)], [401, 'token_expired'])
    clock.advance(601)
    assert.equal((await who(browser, forged)).loggedIn, false)
  })
})

describe('A Keycloak of long ago', () => {
  const app = useForgedApp({ legacy: true })
  before(() => {
    // Before 12: no sid in tokens, session_state instead; before 9207: no iss in the answer.
    app.forger.knobs.metadata = { authorization_response_iss_parameter_supported: undefined }
    app.forger.knobs.authorization = { iss: undefined }
  })
  beforeEach(() => {
    app.forger.knobs.sid = undefined
  })

  async function logIn(sessionState: string) {
    const browser = new UserAgent()
    app.forger.knobs.idToken.claims = { sid: undefined, session_state: sessionState }
    app.forger.knobs.accessToken.claims = { sid: undefined, session_state: sessionState }
    app.forger.knobs.token = { session_state: sessionState }
    await browser.goto(`${app.url}/private`)
    return browser
  }

  it('knows its session by session_state', async () => {
    const browser = await logIn('state-1')
    assert.equal((await who(browser, app)).sid, 'state-1')
  })

  it('is asked to log out by redirect_uri', async () => {
    const browser = await logIn('state-2')
    const page = await browser.goto(`${app.url}/openid/logout?redirectUri=/bye`, { redirects: 0 })
    const params = new URL(page.header('location')).searchParams
    assert.equal(params.get('redirect_uri'), `${app.url}/bye`)
    assert.equal(params.has('post_logout_redirect_uri'), false)
  })

  it('ends a session by a logout token of its kind: typ JWT, and no exp', async () => {
    const [first, second] = [await logIn('state-3'), await logIn('state-4')]
    const logout_token = await app.forger.signLogoutToken(
      { sid: 'state-3', exp: undefined },
      { header: { typ: 'JWT' } },
    )
    const body = new URLSearchParams({ logout_token })
    const answer = await fetch(`${app.url}/openid/logout_request`, { method: 'POST', body })
    assert.equal(answer.status, 200)
    assert.deepEqual([(await who(first, app)).loggedIn, (await who(second, app)).loggedIn], [false, true])
  })
})
