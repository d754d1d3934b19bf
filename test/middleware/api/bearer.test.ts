import assert from 'node:assert/strict'
import Router from '@koa/router'
import Koa from 'koa'
import request from 'supertest'
import { createKeycloak } from '../../../src/index.js'
import { type Forger, startForger } from '../../support/forger/forger.js'

describe('An API behind bearer()', () => {
  let forger: Forger
  let api: ReturnType<Koa['callback']>
  before(async () => {
    forger = await startForger()
    const keycloak = createKeycloak({ configuration: forger.discoveryUrl, clientId: 'app', audience: 'api' })
    const router = new Router()
    router.get('/me', keycloak.bearer(), ctx => {
      ctx.body = { sub: ctx.state.keycloak.bearer.sub }
    })
    router.get('/orders', keycloak.bearer({ scopes: ['orders', 'read'] }), ctx => {
      ctx.body = 'orders'
    })
    router.get('/admin', keycloak.bearer(), keycloak.requireRole('admin'), ctx => {
      ctx.body = 'admin'
    })
    api = new Koa().use(router.routes()).callback()
  })
  after(() => forger.close())

  function token(claims: Record<string, unknown> = {}): Promise<string> {
    const iat = Math.floor(Date.now() / 1000)
    const common = {
      iss: forger.issuer,
      sub: 'u1',
      aud: 'api',
      azp: 'other',
      typ: 'Bearer',
      iat,
      exp: iat + 60,
    }
    return forger.sign({ ...common, ...claims })
  }
  const get = async (path: string, claims?: Record<string, unknown>) =>
    request(api)
      .get(path)
      .set('Authorization', `Bearer ${await token(claims)}`)

  it('hands on the claims of a token for this audience', async () => {
    const { status, body } = await get('/me')
    assert.deepEqual([status, body], [200, { sub: 'u1' }])
  })

  it('asks for a token when none came, without an error code', async () => {
    const { status, headers } = await request(api).get('/me')
    assert.deepEqual(
      [status, headers['www-authenticate'], headers['cache-control']],
      [401, 'Bearer', 'no-store'],
    )
  })

  it('refuses a token for another audience, and says that it is invalid', async () => {
    const { status, headers } = await get('/me', { aud: 'another' })
    assert.deepEqual([status, headers['www-authenticate']], [401, 'Bearer error="invalid_token"'])
  })

  it('names the scopes that are missing', async () => {
    const refused = await get('/orders', { scope: 'openid read' })
    assert.equal(refused.status, 403)
    assert.equal(refused.headers['www-authenticate'], 'Bearer error="insufficient_scope", scope="orders"')
    assert.equal((await get('/orders', { scope: 'read openid orders' })).status, 200)
  })

  it('looks for roles in the token that came with the request', async () => {
    assert.equal((await get('/admin')).status, 403)
    assert.equal((await get('/admin', { realm_access: { roles: ['admin'] } })).status, 200)
  })
})
