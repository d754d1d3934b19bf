import assert from 'node:assert/strict'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak, type KeycloakOptions, loadLogin, type Middleware } from '../../src/index.js'
import { type Served, serve } from '../support/app/serve.js'
import { exchange } from '../support/browser/exchange.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { useForger } from '../support/forger/forger.js'

/** What koa-mount does: the path is cut off for what is below. */
function mount(prefix: string, app: Koa): Middleware {
  const below = app.middleware.slice()
  return async function mounted(ctx, next) {
    if (!ctx.path.startsWith(`${prefix}/`)) return next()
    const { path } = ctx
    ctx.path = path.slice(prefix.length)
    const run = (index: number): Promise<unknown> =>
      Promise.resolve(below[index]?.(ctx as never, () => run(index + 1) as Promise<never>))
    await run(0)
    ctx.path = path
  }
}

describe('Where the application is', () => {
  let served: Served | undefined
  const forger = useForger()
  afterEach(async () => {
    await served?.close()
    served = undefined
    forger.reset()
  })

  const keycloakFor = (options: Partial<KeycloakOptions> = {}) =>
    createKeycloak({
      configuration: forger.discoveryUrl,
      clientId: 'app',
      clientSecret: 's3cret',
      ...options,
    })

  function newApp(): Koa {
    const app = new Koa({ keys: ['a key for tests'] })
    app.use(session({}, app))
    return app
  }

  const me: Middleware = async ctx => {
    ctx.body = { user: ctx.state.keycloak.user.preferred_username, path: ctx.originalUrl }
  }

  const redirectUri = () => forger.last('authorization').url.searchParams.get('redirect_uri')

  it('below another router: its path is part of the redirect URI', async () => {
    const keycloak = keycloakFor()
    const parent = new Router({ prefix: '/sub' })
    parent.use(keycloak.routes() as never)
    const app = newApp().use(loadLogin(keycloak.provider)).use(parent.routes()).use(me)
    served = await serve(app)
    const page = await new UserAgent().goto(`${served.url}/sub/openid/login?returnTo=/x`)
    assert.deepEqual(page.json(), { user: 'user-1', path: '/x' })
    assert.equal(redirectUri(), `${served.url}/sub/openid/auth`)
  })

  it('below another router, with baseUrl: guards find the callback too', async () => {
    const keycloak = keycloakFor({ baseUrl: '/sub' })
    const parent = new Router({ prefix: '/sub' })
    parent.use(keycloak.routes() as never)
    const app = newApp().use(loadLogin(keycloak.provider)).use(parent.routes())
    app.use(keycloak.requireLogin()).use(me)
    served = await serve(app)
    const page = await new UserAgent().goto(`${served.url}/sub/me?a=1`)
    assert.deepEqual(page.json(), { user: 'user-1', path: '/sub/me?a=1' })
    assert.equal(redirectUri(), `${served.url}/sub/openid/auth`)
    assert.equal(keycloak.loginUrl(), '/sub/openid/login')
  })

  for (const baseUrl of [undefined, '/sub']) {
    it(`as a mounted application, baseUrl ${baseUrl}: login route and guards find the callback`, async () => {
      const keycloak = keycloakFor(baseUrl === undefined ? {} : { baseUrl })
      const inner = new Koa()
      inner.use(keycloak.routes()).use(keycloak.requireLogin()).use(me)
      served = await serve(newApp().use(mount('/sub', inner)))
      const guarded = await new UserAgent().goto(`${served.url}/sub/me?a=1`)
      assert.deepEqual(guarded.json(), { user: 'user-1', path: '/sub/me?a=1' })
      assert.equal(redirectUri(), `${served.url}/sub/openid/auth`)
      await new UserAgent().goto(`${served.url}/sub/openid/login?returnTo=/sub/you`)
      assert.equal(redirectUri(), `${served.url}/sub/openid/auth`)
    })
  }

  it('behind a proxy that cuts its path off: baseUrl puts it back', async () => {
    let inner: Served | undefined
    served = await serve(async url => {
      const keycloak = keycloakFor({ baseUrl: `${url}/app` })
      const app = newApp().use(keycloak.routes()).use(keycloak.requireLogin()).use(me)
      inner = await serve(app)
      const target = inner.url
      return new Koa().use(async ctx => {
        const headers: Record<string, string> = {
          ...(ctx.headers as Record<string, string>),
          host: 'internal',
        }
        const url = new URL(target + ctx.url.replace(/^\/app/, ''))
        const answer = await exchange(url, { method: ctx.method, headers, body: undefined })
        ctx.status = answer.status
        ctx.set(answer.headers as Record<string, string>)
        ctx.body = answer.body
      })
    })
    const page = await new UserAgent().goto(`${served.url}/app/me?a=1`)
    assert.equal(page.url, `${served.url}/app/me?a=1`)
    assert.deepEqual(page.json(), { user: 'user-1', path: '/me?a=1' })
    assert.equal(redirectUri(), `${served.url}/app/openid/auth`)
    await inner?.close()
  })

  it('with baseUrl a Host header changes nothing', async () => {
    const keycloak = keycloakFor({ baseUrl: 'http://www.example.test' })
    served = await serve(newApp().use(keycloak.routes()))
    for (const host of ['evil.test', 'www.example.test:1234', '']) {
      const page = await new UserAgent().goto(`${served.url}/openid/login`, {
        headers: { host },
        redirects: 0,
      })
      const sent = new URL(page.header('location')).searchParams.get('redirect_uri')
      assert.equal(sent, 'http://www.example.test/openid/auth')
    }
  })

  it('over https behind a proxy the cookies are Secure and __Host-', async () => {
    const keycloak = keycloakFor()
    const app = newApp().use(keycloak.routes())
    app.proxy = true
    served = await serve(app)
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'www.example.test' }
    const page = await new UserAgent().goto(`${served.url}/openid/login`, { headers, redirects: 0 })
    const cookies = [page.headers['set-cookie'] ?? []].flat()
    assert.equal(cookies.length, 1)
    for (const cookie of cookies) {
      assert.match(
        cookie,
        /^__Host-keycloak\.login\.[\w-]{22}=[^;]+; path=\/; expires=[^;]+; samesite=lax; secure; httponly$/,
      )
    }
    const sent = new URL(page.header('location')).searchParams.get('redirect_uri')
    assert.equal(sent, 'https://www.example.test/openid/auth')
  })

  it('https in baseUrl, http in the request: says what the proxy has to send', async () => {
    const keycloak = keycloakFor({ baseUrl: 'https://www.example.test' })
    const app = newApp().use(keycloak.routes())
    const codes: unknown[] = []
    app.on('error', error => codes.push(error.code))
    served = await serve(app)
    assert.equal((await new UserAgent().goto(`${served.url}/openid/login`)).status, 500)
    assert.deepEqual(codes, ['insecure_transport'])
  })

  it('a scheme that is none, from a proxy that passes on what it gets, is a 400', async () => {
    const keycloak = keycloakFor()
    const app = newApp().use(keycloak.routes())
    app.proxy = true
    app.silent = true
    served = await serve(app)
    for (const proto of ['javascript', 'x', '', 'https,http', 'ftp', '\u00e4']) {
      for (const path of ['login', 'logout', 'auth?code=x&state=y']) {
        const headers = { 'x-forwarded-proto': proto }
        const page = await new UserAgent().goto(`${served.url}/openid/${path}`, { headers, redirects: 0 })
        assert.ok(page.status < 500, `${proto} ${path}: ${page.status}`)
        if (/^(javascript|x|ftp)$/.test(proto)) assert.equal(page.status, 400)
      }
    }
  })
})
