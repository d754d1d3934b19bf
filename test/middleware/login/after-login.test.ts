import assert from 'node:assert/strict'
import type Router from '@koa/router'
import {
  afterLogin,
  bindSession,
  discovery,
  exchangeCode,
  login,
  memoryStore,
  type Provider,
  returnToApp,
} from '../../../src/index.js'
import { type ByHand, serveByHand } from '../../support/app/by-hand.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { useForger } from '../../support/forger/forger.js'

describe('afterLogin() by hand', () => {
  let app: ByHand
  const forger = useForger()
  afterEach(() => app.close())

  const layLogin = (router: Router, p: Provider) => router.get('/openid/login', discovery(p), login(p))

  it('sees who has logged in, and the browser goes on to where it was', async () => {
    const seen: unknown[] = []
    app = await serveByHand(forger, (router, p) => {
      const hook = afterLogin(p, (_ctx, token) => seen.push(token.username))
      layLogin(router, p)
      router.get('/openid/auth', discovery(p), exchangeCode(p), bindSession(p), hook, returnToApp(p))
    })
    const page = await new UserAgent().goto(`${app.url}/openid/login`)
    assert.deepEqual([page.url, page.json()], [`${app.url}/`, { loggedIn: true }])
    assert.deepEqual(seen, ['user-1'])
  })

  it('ends the login when its hook throws: no login is left in the store, and the browser is not logged in', async () => {
    const store = memoryStore()
    const refuse = (router: Router, p: Provider) => {
      const hook = afterLogin(p, ctx => ctx.throw(403, 'Not in our books'))
      layLogin(router, p)
      router.get('/openid/auth', discovery(p), exchangeCode(p), bindSession(p), hook, returnToApp(p))
    }
    app = await serveByHand(forger, refuse, { store })
    const browser = new UserAgent()
    assert.equal((await browser.goto(`${app.url}/openid/login`)).status, 403)
    assert.equal(store.size, 1, 'the mark that ends its access tokens')
    assert.deepEqual((await browser.goto(`${app.url}/`)).json(), { loggedIn: false })
  })

  it('names the piece that is missing before it', async () => {
    app = await serveByHand(forger, (router, p) => {
      layLogin(router, p)
      const hook = afterLogin(p, () => assert.fail('nobody is logged in'))
      router.get('/openid/auth', discovery(p), exchangeCode(p), hook, returnToApp(p))
      router.get('/alone', hook)
    })
    await new UserAgent().goto(`${app.url}/openid/login`)
    await new UserAgent().goto(`${app.url}/alone`)
    for (const { code, message } of app.errors) {
      assert.equal(code, 'piece_missing')
      assert.match(message, /afterLogin\(\) needs .*bindSession\(\)/)
    }
    assert.equal(app.errors.length, 2)
  })
})
