import assert from 'node:assert/strict'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import {
  bindSession,
  createKeycloak,
  createProvider,
  discovery,
  endLogins,
  exchangeCode,
  loadLogin,
  login,
  logout,
  type Middleware,
  memoryStore,
  type Provider,
  returnToApp,
  verifyLogoutToken,
} from '../../src/index.js'
import { type Served, serve } from '../support/app/serve.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { useForger } from '../support/forger/forger.js'

describe('The pieces by hand', () => {
  let provider: Provider
  let served: Served
  let errors: { code?: string; message: string }[]
  const forger = useForger()
  afterEach(() => served.close())

  /** An application that is put together from pieces. */
  async function start(build: (app: Koa, router: Router) => void): Promise<void> {
    errors = []
    provider = createProvider({ configuration: forger.discoveryUrl, clientId: 'app', clientSecret: 's3cret' })
    const app = new Koa({ keys: ['a key for tests'] })
    app.on('error', error => errors.push(error))
    const router = new Router()
    app.use(session({}, app))
    build(app, router)
    app.use(router.routes())
    served = await serve(app)
  }

  it('log in, with a step of one`s own in between, and out, by any path', async () => {
    const audit: unknown[] = []
    const page: Middleware = async ctx => {
      ctx.body = { loggedIn: ctx.state.keycloak.loggedIn, path: ctx.path }
    }
    await start((app, router) => {
      app.use(loadLogin(provider))
      const note: Middleware = async (ctx, next) => {
        const { exchanged } = ctx.state.keycloak
        audit.push(exchanged.user.sub, exchanged.token.scope, ctx.state.keycloak.loggedIn)
        await next()
      }
      router.get('/in', discovery(provider), login(provider, { scopes: ['openid'], returnTo: '/first' }))
      router.get(
        '/openid/auth',
        discovery(provider),
        exchangeCode(provider),
        note,
        bindSession(provider),
        returnToApp(provider),
      )
      router.get('/out', discovery(provider), logout(provider, { redirectUri: '/bye' }))
      router.post('/ended', discovery(provider), verifyLogoutToken(provider), endLogins(provider))
      router.get(['/first', '/bye'], page)
    })
    const browser = new UserAgent()
    assert.deepEqual((await browser.goto(`${served.url}/in`)).json(), { loggedIn: true, path: '/first' })
    assert.deepEqual(audit, ['user-1', ['openid', 'profile', 'email'], false])
    assert.equal(forger.last('authorization').url.searchParams.get('scope'), 'openid')
    assert.deepEqual((await browser.goto(`${served.url}/out`)).json(), { loggedIn: false, path: '/bye' })

    await browser.goto(`${served.url}/in`)
    const body = new URLSearchParams({ logout_token: await forger.signLogoutToken() })
    assert.equal((await fetch(`${served.url}/ended`, { method: 'POST', body })).status, 200)
    assert.equal((await browser.goto(`${served.url}/first`)).json().loggedIn, false)
    assert.deepEqual(errors, [])
  })

  it('log out at the provider whether or not discovery stands before', async () => {
    await start((app, router) => {
      app.use(loadLogin(provider))
      router.get('/in', discovery(provider), login(provider))
      router.get('/openid/auth', discovery(provider), exchangeCode(provider), bindSession(provider), ctx =>
        ctx.redirect('/'),
      )
      router.get('/alone', logout(provider))
      router.get('/after', logout(provider))
      router.get('/', ctx => {
        ctx.body = { loggedIn: ctx.state.keycloak.loggedIn }
      })
    })
    for (const path of ['/alone', '/after']) {
      const browser = new UserAgent()
      assert.deepEqual((await browser.goto(`${served.url}/in`)).json(), { loggedIn: true })
      const before = forger.counts.endSession
      assert.deepEqual((await browser.goto(served.url + path)).json(), { loggedIn: false })
      assert.equal(forger.counts.endSession, before + 1, path)
    }
  })

  it('log out here while the provider is away', async () => {
    const away = createProvider({ configuration: 'http://localhost:9/realms/x', clientId: 'app' })
    await start((_app, router) => {
      router.get('/alone', logout(away, { redirectUri: '/bye' }))
      router.get('/bye', ctx => {
        ctx.body = ctx.path
      })
    })
    assert.equal((await new UserAgent().goto(`${served.url}/alone`)).text, '/bye')
  })

  it('log in without discovery before them: each finds the metadata itself', async () => {
    await start((app, router) => {
      app.use(loadLogin(provider))
      router.get('/in', login(provider, { returnTo: '/who' }))
      router.get('/openid/auth', exchangeCode(provider), bindSession(provider), returnToApp(provider))
      router.get('/who', ctx => {
        ctx.body = String(ctx.state.keycloak.loggedIn)
      })
    })
    assert.equal((await new UserAgent().goto(`${served.url}/in`)).text, 'true')
  })

  it('a piece whose predecessor is missing names both', async () => {
    const pieces: Record<string, [piece: (provider: Provider) => Middleware, missing: string]> = {
      bindSession: [bindSession, 'exchangeCode'],
      returnToApp: [returnToApp, 'exchangeCode'],
      endLogins: [endLogins, 'verifyLogoutToken'],
    }
    await start((app, router) => {
      app.use(loadLogin(provider))
      for (const [name, [piece]] of Object.entries(pieces)) router.get(`/${name}`, piece(provider))
    })
    for (const [name, [, missing]] of Object.entries(pieces)) {
      const page = await new UserAgent().goto(`${served.url}/${name}`)
      assert.equal(page.status, 500)
      assert.equal(errors.at(-1)?.code, 'piece_missing')
      assert.match(errors.at(-1)?.message ?? '', new RegExp(`${name}\\(\\) needs ${missing}\\(\\)`))
    }
  })

  it('every factory returns a function of its own name', () => {
    const named = [loadLogin, login, logout, discovery, exchangeCode, bindSession, returnToApp, endLogins]
    for (const piece of named) assert.equal(piece(provider).name, piece.name)
  })
})

describe('createKeycloak', () => {
  const options = { configuration: 'http://localhost:9/realms/x', clientId: 'app' }

  it('leaves out the routes that are switched off, and serves the others where it is told', async () => {
    const keycloak = createKeycloak({
      ...options,
      prefix: '',
      routes: { login: '/in', logout: false, logoutRequest: false },
    })
    assert.equal(keycloak.loginUrl(), '/in')
    assert.throws(() => keycloak.logoutUrl(), { code: 'invalid_options' })
    const paths = keycloak.router.stack.flatMap(({ name, path }) => (name ? [[name, path]] : []))
    assert.deepEqual(paths, [
      ['keycloak.login', '/in'],
      ['keycloak.callback', '/auth'],
    ])
  })

  it('names that every object has are no names for a provider', () => {
    for (const name of ['constructor', 'toString', 'valueOf', '__proto__', '1', 'a b', '']) {
      assert.throws(() => createKeycloak({ ...options, name }), { code: 'invalid_options' })
    }
  })

  it('allowedMethods answers what the routes do not take', async () => {
    const keycloak = createKeycloak({ ...options, store: memoryStore() })
    const app = new Koa({ keys: ['a key for tests'] })
    app.use(session({}, app))
    app.use(keycloak.routes()).use(keycloak.allowedMethods())
    const served = await serve(app)
    const answer = await fetch(`${served.url}/openid/logout_request`)
    assert.deepEqual([answer.status, answer.headers.get('allow')], [405, 'POST'])
    await served.close()
  })
})
