import assert from 'node:assert/strict'
import request from 'supertest'
import { type TestKeycloak, TestKeycloakError, testKeycloak } from '../../src/testing/index.js'
import { serve } from '../support/app/serve.js'
import { sessionStore } from '../support/app/session-store.js'
import { createShop, type Shop, type ShopOptions } from './shop.js'

describe('kc.logIn', () => {
  let kc: TestKeycloak
  let shop: Shop
  beforeEach(async () => {
    kc = await testKeycloak()
    shop = createShop(kc.options)
  })

  const get = (path: string, cookie: string, app: Shop = shop) =>
    request(app.callback()).get(path).set('Cookie', cookie)

  it('logs in by the application’s own routes, and its cookie fits supertest', async () => {
    const cookie = await kc.logIn(shop, { username: 'alice', realmRoles: ['admin'] })
    const { body } = await get('/me', cookie).expect(200)
    assert.equal(body.preferred_username, 'alice')
    assert.deepEqual([body.sub, body.iss], [kc.sub('alice'), kc.issuer])
    await get('/admin', cookie).expect(200, 'welcome')
    await request(shop.callback()).get('/me').expect(401)
  })

  it('logs in with the roles, claims and strength that are asked for, and no others', async () => {
    const bob = await kc.logIn(shop, {
      username: 'bob',
      sub: 'bob-1',
      clientRoles: { shop: ['editor'] },
      acr: 'gold',
      claims: { department: 'wine', email: undefined },
    })
    const { body } = await get('/me', bob).expect(200)
    assert.deepEqual([body.sub, body.department, body.acr], ['bob-1', 'wine', 'gold'])
    assert.ok(!('email' in body))
    await get('/editor', bob).expect(200)
    await get('/gold', bob).expect(200)
    await get('/admin', bob).expect(403)
    await get('/gold', await kc.logIn(shop))
      .set('Accept', 'application/json')
      .expect(401)
  })

  it('logs in again in the same session, by another strength, or as long as a password is fresh enough', async () => {
    const cookie = await kc.logIn(shop, { sid: 's' })
    const gold = await kc.logIn(shop, { sid: 's', cookie, path: '/gold', acr: 'gold' })
    await get('/gold', gold).expect(200)
    await get('/payout', gold).expect(200)
    kc.pass(311)
    await get('/payout', gold).set('Accept', 'application/json').expect(401)
    await get('/payout', await kc.logIn(shop, { sid: 's', cookie: gold, path: '/payout' })).expect(200)
  })

  for (const [mode, store] of [
    ['in the cookie', undefined],
    ['in a store', sessionStore()],
  ] as const) {
    it(`works with a session ${mode}`, async () => {
      const app = createShop({ ...kc.options, session: store ? { store } : {} })
      const cookie = await kc.logIn(app)
      await get('/me', cookie, app).expect(200)
      assert.equal(store?.sessions.size ?? 1, 1)
    })
  }

  it('works with an application that listens, with fetch, and gives the cookies as Playwright takes them', async () => {
    const served = await serve(shop)
    try {
      const cookie = await kc.logIn(served.url)
      const response = await fetch(`${served.url}/me`, { headers: { cookie } })
      assert.equal(response.status, 200)
      const cookies = kc.cookies(cookie)
      assert.deepEqual(
        cookies.map(({ name, domain, path, httpOnly, secure }) => ({ name, domain, path, httpOnly, secure })),
        ['keycloak.bound', 'koa.sess', 'koa.sess.sig'].map(name => ({
          name,
          domain: 'localhost',
          path: '/',
          httpOnly: true,
          secure: false,
        })),
      )
      assert.equal(cookies.map(({ name, value }) => `${name}=${value}`).join('; '), cookie)
    } finally {
      await served.close()
    }
  })

  it('begins at a page that needs a login as well, and at routes that lie elsewhere', async () => {
    await get('/me', await kc.logIn(shop, { path: '/me?a=1' })).expect(200)
    const app = createShop({ ...kc.options, prefix: '/sso' })
    await get('/me', await kc.logIn(app, { path: '/sso/login' }), app).expect(200)
  })

  it('answers with a form where the application wants one', async () => {
    const app = createShop({ ...kc.options, authorizationParams: { response_mode: 'form_post' } })
    await get('/me', await kc.logIn(app), app).expect(200)
  })

  it('is https where the application is', async () => {
    const origin = 'https://shop.example'
    const app = createShop({ ...kc.options, baseUrl: origin, session: { secure: true } })
    const cookie = await kc.logIn(app, { origin })
    assert.ok(kc.cookies(cookie).every(({ secure, domain }) => secure && domain === 'shop.example'))
    app.proxy = true
    await get('/me', cookie, app).set('X-Forwarded-Proto', 'https').expect(200)
  })

  it('serves two applications, each a client of its own, in one session of one browser', async () => {
    const second = createShop({ ...kc.client('second'), session: { key: 'second' } })
    const sid = 'one-session'
    const first = await kc.logIn(shop, { sid })
    const both = await kc.logIn(second, { sid, cookie: first })
    assert.equal((await get('/me', both)).body.aud, 'test-app')
    const { body } = await get('/me', both, second)
    assert.deepEqual([body.aud, body.sid], ['second', sid])
  })

  it('serves a public client', async () => {
    const app = createShop(kc.client('public', { publicClient: true }))
    await get('/me', await kc.logIn(app), app).expect(200)
  })

  it('serves two providers of one application, each with a login of its own', async () => {
    const staff = await testKeycloak({ realm: 'staff' })
    const app = createShop(kc.options)
    const other = createShop({ ...staff.options, name: 'staff', prefix: '/staff' })
    app.use(other.keycloak.routes()).use(ctx => {
      ctx.body = [ctx.state.keycloak, ctx.state.staff].map(({ user }) => user?.preferred_username)
    })
    const customer = await kc.logIn(app, { username: 'alice' })
    const both = await staff.logIn(app, { username: 'bob', path: '/staff/login', cookie: customer })
    assert.deepEqual((await get('/', both, app)).body, ['alice', 'bob'])
  })

  it('logs in many at once, each as who they are', async () => {
    const names = Array.from({ length: 20 }, (_, i) => `user${i}`)
    const cookies = await Promise.all(names.map(username => kc.logIn(shop, { username })))
    const seen = await Promise.all(cookies.map(cookie => get('/me', cookie)))
    assert.deepEqual(
      seen.map(({ body }) => body.preferred_username),
      names,
    )
  })

  describe('says which step refused', () => {
    const refusal = async (login: Promise<unknown>) => {
      const error = await login.then(
        () => assert.fail('nothing refused'),
        error => error,
      )
      assert.ok(error instanceof TestKeycloakError, error)
      return error
    }
    const told = async (options: Partial<ShopOptions>, login: Parameters<TestKeycloak['logIn']>[1] = {}) => {
      const { step, code, status } = await refusal(kc.logIn(createShop({ ...kc.options, ...options }), login))
      return [step, code, status]
    }

    it('a login route that is not there', async () => {
      assert.deepEqual(await told({}, { path: '/login' }), ['login', undefined, 404])
      const { message } = await refusal(kc.logIn(shop, { path: '/login' }))
      assert.match(message, /GET \/login answered 404\. Does the login begin elsewhere/)
    })

    it('a page that asks nobody to log in', async () => {
      shop.use(ctx => {
        ctx.body = 'hello'
      })
      const error = await refusal(kc.logIn(shop, { path: '/' }))
      assert.deepEqual([error.step, error.status], ['login', 200])
    })

    it('another provider than this one', async () => {
      const other = await testKeycloak({ realm: 'other' })
      const error = await refusal(kc.logIn(createShop(other.options)))
      assert.equal(error.step, 'login')
      assert.match(error.message, /kc\.options/)
    })

    it('a provider that can not be asked', async () => {
      kc.fail('discovery', 'drop')
      assert.deepEqual(await told({}), ['login', 'provider_unavailable', 503])
    })

    it('a client that is not known', async () => {
      const error = await refusal(kc.logIn(createShop({ ...kc.options, clientId: 'stranger' })))
      assert.equal(error.step, 'authorization')
      assert.match(error.message, /Client not found/)
    })

    it('an address to come back to that is not the application’s', async () => {
      const error = await refusal(kc.logIn(createShop({ ...kc.options, baseUrl: 'http://shop.example' })))
      assert.equal(error.step, 'authorization')
      assert.match(error.message, /redirect_uri.*http:\/\/shop\.example.*http:\/\/localhost/)
    })

    it('a wrong secret', async () => {
      assert.deepEqual(await told({ clientSecret: 'wrong' }), ['callback', 'client_rejected', 500])
    })

    it('a token endpoint that is out of order', async () => {
      kc.fail('token', 'error')
      assert.deepEqual(await told({}), ['callback', 'provider_unavailable', 503])
    })

    it('a user who cancels', async () => {
      assert.deepEqual(await told({}, { error: 'access_denied' }), ['callback', 'access_denied', 403])
    })

    it('a login that is not strong enough', async () => {
      assert.deepEqual(await told({}, { path: '/gold' }), ['callback', 'step_up_failed', 403])
    })

    it('a hook of the application’s own, with its own error as the cause', async () => {
      const mine = Object.assign(new Error('not today'), { status: 402, expose: true, code: 'closed' })
      const app = createShop({
        ...kc.options,
        afterLogin: () => {
          throw mine
        },
      })
      const error = await refusal(kc.logIn(app))
      assert.deepEqual([error.step, error.code, error.status], ['callback', 'closed', 402])
      assert.equal(error.cause, mine)
      assert.match(error.message, /not today/)
    })

    it('a session that no cookie is sent for', async () => {
      shop.middleware.unshift(async (ctx, next) => {
        await next()
        if (ctx.path === '/openid/auth') ctx.remove('Set-Cookie')
      })
      const error = await refusal(kc.logIn(shop))
      assert.deepEqual([error.step, error.status], ['session', 302])
      assert.match(error.message, /koa-session/)
    })

    it('a cookie of the login that got lost on the way', async () => {
      shop.middleware.unshift(async (ctx, next) => {
        await next()
        if (ctx.path === '/openid/login') ctx.remove('Set-Cookie')
      })
      const error = await refusal(kc.logIn(shop))
      assert.deepEqual([error.step, error.code], ['callback', 'login_unknown'])
    })

    it('a cookie that is Secure, over http', async () => {
      const error = await refusal(kc.logIn(createShop({ ...kc.options, session: { secure: true } })))
      assert.deepEqual([error.step, error.status], ['callback', 500])
      assert.match(error.message, /secure cookie/)
    })

    it('also when the application is known by its address only', async () => {
      const served = await serve(createShop({ ...kc.options, clientSecret: 'wrong' }))
      try {
        const { step, code, status } = await refusal(kc.logIn(served.url))
        assert.deepEqual([step, code, status], ['callback', 'client_rejected', 500])
      } finally {
        await served.close()
      }
    })

    it('and what is given wrongly, when it is given', async () => {
      const code = { code: 'invalid_options' }
      // @ts-expect-error a misspelt name
      await assert.rejects(kc.logIn(shop, { userName: 'bob' }), code)
      // @ts-expect-error the function that Koa makes is not the application
      await assert.rejects(kc.logIn(shop.callback()), code)
      await assert.rejects(kc.logIn(shop, { path: 'https://elsewhere.example/' }), code)
      await assert.rejects(kc.logIn(shop, { origin: 'http://localhost/app' }), code)
      await assert.rejects(kc.logIn(shop, { realmRoles: [''] }), code)
      // @ts-expect-error not one of the names
      assert.throws(() => kc.fail('tokens', 'hang'), code)
      // @ts-expect-error not a way to fail
      assert.throws(() => kc.fail('token', 'hangs'), code)
      assert.throws(() => kc.pass(-1), code)
      assert.throws(() => kc.cookies('a=b'), code)
      await assert.rejects(testKeycloak({ now: Date.now() }), code)
    })
  })
})
