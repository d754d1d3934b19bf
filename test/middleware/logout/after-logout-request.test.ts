import assert from 'node:assert/strict'
import type Router from '@koa/router'
import {
  afterLogoutRequest,
  bindSession,
  discovery,
  endLogins,
  exchangeCode,
  login,
  type Provider,
  returnToApp,
  verifyLogoutToken,
} from '../../../src/index.js'
import { type ByHand, serveByHand } from '../../support/app/by-hand.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { useForger } from '../../support/forger/forger.js'

describe('afterLogoutRequest() by hand', () => {
  let app: ByHand
  const forger = useForger()
  afterEach(() => app.close())

  function layLogin(router: Router, p: Provider): void {
    router.get('/openid/login', discovery(p), login(p))
    router.get('/openid/auth', discovery(p), exchangeCode(p), bindSession(p), returnToApp(p))
  }

  async function requestLogout(path: string): Promise<number> {
    const body = new URLSearchParams({ logout_token: await forger.signLogoutToken() })
    return (await fetch(`${app.url}${path}`, { method: 'POST', body })).status
  }

  it('is told how many logins have ended', async () => {
    const told: unknown[] = []
    app = await serveByHand(forger, (router, p) => {
      layLogin(router, p)
      const hook = afterLogoutRequest(p, (_ctx, { ended }) => told.push(ended))
      router.post('/ended', discovery(p), verifyLogoutToken(p), endLogins(p), hook)
    })
    const browser = new UserAgent()
    await browser.goto(`${app.url}/openid/login`)
    assert.equal(await requestLogout('/ended'), 200)
    assert.equal(await requestLogout('/ended'), 200)
    assert.deepEqual(told, [1, 0])
  })

  it('throws what its hook throws, and the logins have ended all the same', async () => {
    app = await serveByHand(forger, (router, p) => {
      layLogin(router, p)
      const hook = afterLogoutRequest(p, ctx => ctx.throw(503))
      router.post('/ended', discovery(p), verifyLogoutToken(p), endLogins(p), hook)
    })
    const browser = new UserAgent()
    assert.deepEqual((await browser.goto(`${app.url}/openid/login`)).json(), { loggedIn: true })
    assert.equal(await requestLogout('/ended'), 503)
    assert.deepEqual((await browser.goto(`${app.url}/`)).json(), { loggedIn: false })
  })

  it('names the piece that is missing before it, and does not say that logins have ended', async () => {
    app = await serveByHand(forger, (router, p) => {
      const hook = afterLogoutRequest(p, () => assert.fail('nothing has ended'))
      router.post('/unended', discovery(p), verifyLogoutToken(p), hook)
      router.post('/alone', hook)
    })
    assert.deepEqual([await requestLogout('/unended'), await requestLogout('/alone')], [500, 500])
    for (const { code, message } of app.errors) {
      assert.equal(code, 'piece_missing')
      assert.match(message, /afterLogoutRequest\(\) needs .*endLogins\(\)/)
    }
    assert.equal(app.errors.length, 2)
  })
})
