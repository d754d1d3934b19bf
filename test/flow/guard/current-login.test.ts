import assert from 'node:assert/strict'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import request from 'supertest'
import { createKeycloak, currentLogin } from '../../../src/index.js'
import { testKeycloak } from '../../../src/testing/index.js'

describe('currentLogin, and keycloak.login', () => {
  async function scene() {
    const kc = await testKeycloak()
    const errors: (Error & { code?: string })[] = []
    const app = new Koa({ keys: ['a key for tests'] })
    app.on('error', error => errors.push(error))
    const keycloak = createKeycloak(kc.options)
    const router = new Router()
    router.get('/mine', keycloak.requireLogin(), ctx => {
      const { sub, user, token, sid } = keycloak.login(ctx)
      const same = currentLogin(keycloak.provider, ctx) === ctx.state.keycloak
      ctx.body = {
        sub,
        name: user.preferred_username,
        username: token.username,
        hasSid: sid !== undefined,
        same,
      }
    })
    router.get('/open', ctx => {
      ctx.body = keycloak.login(ctx).sub
    })
    app.use(async (ctx, next) => (ctx.path === '/early' ? keycloak.login(ctx) : next()))
    app.use(session(app)).use(keycloak.routes()).use(router.routes())
    const get = (path: string, cookie = '') => request(app.callback()).get(path).set('Cookie', cookie)
    return { kc, app, keycloak, errors, get }
  }

  it('give the login that a guard has let pass', async () => {
    const { kc, app, get } = await scene()
    const { body } = await get('/mine', await kc.logIn(app)).expect(200)
    const sub = kc.sub('alice')
    assert.deepEqual(body, { sub, name: 'alice', username: 'alice', hasSid: true, same: true })
  })

  it('throw login_required where there is no guard and nobody is logged in', async () => {
    const { get } = await scene()
    await get('/open').expect(401)
  })

  it('throw piece_missing before routes(), and invalid_options for what is no context', async () => {
    const { get, errors, keycloak } = await scene()
    await get('/early').expect(500)
    assert.equal(errors.at(-1)?.code, 'piece_missing')
    // @ts-expect-error no context
    assert.throws(() => keycloak.login({}), { code: 'invalid_options' })
  })
})
