import assert from 'node:assert/strict'
import {
  AccessError,
  bindSession,
  discovery,
  exchangeCode,
  login,
  type Middleware,
  returnToApp,
} from '../../../src/index.js'
import { type ByHand, serveByHand } from '../../support/app/by-hand.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { type Forger, startForger } from '../../support/forger/forger.js'
import { use } from '../../support/use.js'

/** Thrown again and again, as an application may. */
const shared = Object.assign(new Error('no'), { status: 409, headers: { 'X-Own': 'a' } })

const failures: [what: string, status: number, fail: Middleware][] = [
  ['ctx.throw()', 403, async ctx => ctx.throw(403, 'not you')],
  ['an error of its own', 500, () => Promise.reject(new TypeError('a bug'))],
  ['an error with headers', 409, () => Promise.reject(shared)],
  ['the same error once more', 409, () => Promise.reject(shared)],
  ['one of this package`s', 403, () => Promise.reject(new AccessError('role_missing'))],
]

describe('The cookie of a login that was used is gone', () => {
  const op: Forger = use(() => startForger({ clientSecret: 'app-secret' }))
  let fail: Middleware
  const app: ByHand = use(() =>
    serveByHand(op, (router, provider) => {
      const own: Middleware = async (ctx, next) => {
        ctx.cookies.set('own', 'secret', { signed: false })
        await next()
      }
      router.get('/openid/login', discovery(provider), login(provider))
      router.get(
        '/openid/auth',
        own,
        discovery(provider),
        exchangeCode(provider),
        (ctx, next) => fail(ctx, next),
        bindSession(provider),
        returnToApp(provider),
      )
    }),
  )

  for (const [what, status, step] of failures) {
    it(`when a step of the application behind it throws ${what}`, async () => {
      fail = step
      const browser = new UserAgent()
      const page = await browser.goto(`${app.url}/openid/login`)
      assert.equal(page.status, status)
      const set = [page.headers['set-cookie'] ?? []].flat()
      assert.equal(set.length, 1, 'and none of the application`s own is in it')
      assert.match(set[0] ?? '', /^keycloak\.login\.[\w-]+=;/)
      assert.deepEqual(browser.cookies(), {})
      if (status === 409) assert.equal(page.header('x-own'), 'a')
    })
  }

  it('and Koa is told of the application`s very error', async () => {
    const bug = new TypeError('a bug')
    fail = () => Promise.reject(bug)
    await new UserAgent().goto(`${app.url}/openid/login`)
    assert.equal(app.errors.at(-1), bug)
  })
})

describe('The cookie of a login whose hook throws', () => {
  const app = useForgedApp({
    afterLogin: ctx => {
      ctx.cookies.set('own', 'secret')
      ctx.throw(403, 'not you')
    },
  })

  it('is gone, and no other is set', async () => {
    const browser = new UserAgent()
    const page = await browser.goto(`${app.url}/private`)
    assert.equal(page.status, 403)
    assert.equal([page.headers['set-cookie'] ?? []].flat().length, 1)
    assert.deepEqual(browser.cookies(), {})
  })
})
