import assert from 'node:assert/strict'
import request from 'supertest'
import { type TestKeycloak, TestKeycloakError, testKeycloak } from '../../src/testing/index.js'
import { createShop, type Shop } from './shop.js'

const EPOCH = 1_700_000_000

describe('testKeycloak', () => {
  let kc: TestKeycloak
  let shop: Shop
  beforeEach(async () => {
    kc = await testKeycloak()
    shop = createShop({ ...kc.options, timeout: 0.1 })
  })

  const get = (path: string, cookie: string, app: Shop = shop) =>
    request(app.callback()).get(path).set('Cookie', cookie).set('Accept', 'application/json')

  it('does what its introduction shows, as it stands there', async () => {
    const app = createShop({ ...kc.options })
    const person = { username: 'alice', realmRoles: ['admin'], clientRoles: {}, acr: 'gold', claims: {} }
    const cookie = await kc.logIn(app, person)
    await request(app.callback()).get('/admin').set('Cookie', cookie).expect(200)
    const token = await kc.bearer({ audience: 'orders-api', scopes: ['orders'], realmRoles: [] })
    await request(app.callback()).get('/orders').set('Authorization', `Bearer ${token}`).expect(200)
    await kc.logOut(app, 'alice')
    await get('/admin', cookie, app).expect(401)
    kc.pass(3600)
    kc.end('alice')
    kc.fail('token', 'hang')
    await kc.rotateKeys()
    assert.equal(kc.calls.token, 1)
  })

  it('counts what it is asked', async () => {
    await kc.logIn(shop)
    await kc.logIn(shop)
    assert.deepEqual(kc.calls, {
      discovery: 1,
      jwks: 1,
      authorization: 2,
      token: 2,
      userinfo: 0,
      endSession: 0,
      revocation: 0,
    })
  })

  it('lets time pass: tokens are renewed, until the session was idle for too long', async () => {
    const cookie = await kc.logIn(shop)
    kc.pass(299)
    await get('/me', cookie).expect(200)
    assert.equal(kc.calls.token, 2)
    kc.pass(1799)
    await get('/me', cookie).expect(200)
    kc.pass(1801)
    await get('/me', cookie).expect(401)
  })

  it('stands at the time that it is given', async () => {
    const still = await testKeycloak({ now: EPOCH })
    const app = createShop(still.options)
    const cookie = await still.logIn(app)
    const { body } = await get('/me', cookie, app)
    assert.deepEqual([body.auth_time, body.iat, body.exp], [EPOCH, EPOCH, EPOCH + 300])
    still.pass(10)
    assert.equal(still.options.now(), EPOCH + 10)
  })

  it('goes by a clock of the test’s own', async () => {
    let time = EPOCH
    const own = await testKeycloak({ now: () => time })
    time += 5
    assert.equal(own.options.now(), EPOCH + 5)
  })

  it('ends a session and tells no application: the next renewal finds it out', async () => {
    const [alice, bob] = [await kc.logIn(shop), await kc.logIn(shop, { username: 'bob' })]
    kc.end('alice')
    await get('/me', alice).expect(200)
    kc.pass(300)
    await get('/me', alice).expect(401)
    await get('/me', bob).expect(200)
    kc.end()
    kc.pass(300)
    await get('/me', bob).expect(401)
  })

  it('rotates its keys: old tokens hold, unless the keys are retired', async () => {
    const cookie = await kc.logIn(shop)
    const token = await kc.bearer({ audience: 'orders-api', scopes: ['orders'] })
    await kc.rotateKeys()
    await get('/me', cookie).expect(200)
    await kc.logIn(shop)
    await get('/orders', '').set('Authorization', `Bearer ${token}`).expect(200)
    await kc.rotateKeys({ retire: true })
    kc.pass(60)
    await kc.logIn(shop)
    kc.pass(239)
    await get('/orders', '').set('Authorization', `Bearer ${token}`).expect(401)
  })

  describe('signs access tokens for an API', () => {
    const ask = (token: string) => get('/orders', '').set('Authorization', `Bearer ${token}`)

    it('with audience, scopes, roles and claims', async () => {
      const token = await kc.bearer({
        username: 'carol',
        audience: ['orders-api', 'other'],
        scopes: ['orders'],
        realmRoles: ['auditor'],
        clientRoles: { shop: ['editor'] },
        claims: { tenant: 7 },
        clientId: 'mobile',
      })
      const { body } = await ask(token).expect(200)
      assert.deepEqual(
        [body.preferred_username, body.aud, body.azp, body.scope, body.typ, body.tenant],
        [
          'carol',
          ['shop', 'account', 'orders-api', 'other'],
          'mobile',
          'openid profile email orders',
          'Bearer',
          7,
        ],
      )
      assert.deepEqual(body.realm_access, { roles: ['auditor'] })
      assert.deepEqual(body.resource_access.shop, { roles: ['editor'] })
    })

    it('which are refused where they are not enough', async () => {
      await ask(await kc.bearer({ audience: 'orders-api' })).expect(403)
      await ask(await kc.bearer({ scopes: ['orders'] })).expect(401)
      const short = await kc.bearer({ audience: 'orders-api', scopes: ['orders'], lifetime: 5 })
      await ask(short).expect(200)
      kc.pass(16)
      await ask(short).expect(401)
    })

    it('which are not those of another realm', async () => {
      const other = await testKeycloak({ realm: 'other' })
      await ask(await other.bearer({ audience: 'orders-api', scopes: ['orders'] })).expect(401)
    })
  })

  describe('sends genuine logout requests', () => {
    it('for every session of the user, and of no other', async () => {
      const [desk, phone] = [await kc.logIn(shop), await kc.logIn(shop)]
      const bob = await kc.logIn(shop, { username: 'bob' })
      await kc.logOut(shop, 'alice')
      await get('/me', desk).expect(401)
      await get('/me', phone).expect(401)
      await get('/me', bob).expect(200)
    })

    it('to each application of a session', async () => {
      const second = createShop({ ...kc.client('second'), session: { key: 'second' } })
      const cookie = await kc.logIn(second, { sid: 's', cookie: await kc.logIn(shop, { sid: 's' }) })
      await kc.logOut(shop, 'alice')
      await get('/me', cookie).expect(401)
      await get('/me', cookie, second).expect(200)
      await kc.logOut(second, 'alice')
      await get('/me', cookie, second).expect(401)
    })

    it('and says with which code the application refuses one', async () => {
      let late = 0
      const app = createShop({ ...kc.options, now: () => kc.options.now() + late })
      await kc.logIn(app)
      late = 600
      await assert.rejects(kc.logOut(app, 'alice'), {
        name: 'TestKeycloakError',
        step: 'logout_request',
        code: 'logout_token_invalid',
        status: 400,
      })
    })

    it('and says where there is no route for it, and when there is nothing to end', async () => {
      await kc.logIn(shop)
      await assert.rejects(kc.logOut(shop, 'alice', { path: '/nowhere' }), {
        step: 'logout_request',
        status: 404,
      })
      await assert.rejects(kc.logOut(shop, 'bob'), TestKeycloakError)
    })
  })

  describe('is out of order as told', () => {
    it('a hanging token endpoint: users who are logged in stay, and no other logs in', async () => {
      const cookie = await kc.logIn(shop)
      const mend = kc.fail('token', 'hang')
      kc.pass(300)
      await get('/me', cookie).expect(200)
      await assert.rejects(kc.logIn(shop), { code: 'provider_unavailable', status: 503 })
      mend()
      kc.pass(30)
      await get('/me', cookie).expect(200)
    })

    for (const [failure, code] of [
      ['drop', 'provider_unavailable'],
      ['error', 'provider_unavailable'],
      ['unavailable', 'provider_unavailable'],
      ['html', 'provider_response_invalid'],
      ['garbage', 'provider_response_invalid'],
      ['invalid_grant', 'code_rejected'],
    ] as const) {
      it(`a token endpoint with ${failure}`, async () => {
        kc.fail('token', failure)
        await assert.rejects(kc.logIn(shop), { step: 'callback', code })
        kc.mend()
        await kc.logIn(shop)
      })
    }

    it('what hangs goes on when it is mended', async () => {
      const patient = createShop({ ...kc.options, timeout: 10 })
      const mend = kc.fail('token', 'hang')
      const login = kc.logIn(patient)
      while (kc.calls.token === 0) await new Promise(setImmediate)
      mend()
      await login
    })
  })

  it('answers at the userinfo endpoint, and to a client itself', async () => {
    const { keycloak } = shop
    shop.use(async ctx => {
      ctx.body = await keycloak.userInfo(ctx)
    })
    const cookie = await kc.logIn(shop, { claims: { department: 'wine' } })
    const { body } = await get('/info', cookie).expect(200)
    assert.deepEqual([body.sub, body.department], [kc.sub('alice'), 'wine'])
    const token = await keycloak.clientToken()
    assert.equal(token.accessTokenClaims?.preferred_username, 'service-account-test-app')
  })

  it('does not answer for addresses that are not its own', async () => {
    const { fetch } = kc.options
    const { signal } = new AbortController()
    const ask = (url: string) => fetch(url, { headers: {}, redirect: 'manual', signal })
    await assert.rejects(ask('https://elsewhere.example/'), TypeError)
    assert.equal((await ask(`${kc.issuer}/nothing`)).status, 404)
    assert.equal((await ask('https://keycloak.test/realms/other/protocol/openid-connect/certs')).status, 404)
  })
})
