import assert from 'node:assert/strict'
import type { KeycloakBackChannelLogout } from '../../../src/index.js'
import { useApp } from '../../support/app/app.js'
import { requestLogout, startForgedApp, useForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { watchedStore } from '../../support/redis/watched-store.js'
import { useStart } from '../../support/use.js'

describe('A logout request', () => {
  const store = watchedStore()
  const logouts: KeycloakBackChannelLogout[] = []
  const app = useForgedApp({
    store,
    afterLogoutRequest: (_ctx, logout) => {
      logouts.push(logout)
    },
  })
  beforeEach(() => {
    app.forger.reset()
    app.errors.length = 0
    logouts.length = 0
  })

  async function logIn(sub = 'user-1', sid?: string): Promise<UserAgent> {
    Object.assign(app.forger.knobs, { sub, sid })
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    return browser
  }

  it('with a sid ends that session, and no other of its user', async () => {
    const first = await logIn('user-1', 'sid-1')
    const second = await logIn('user-1', 'sid-2')
    const answer = await requestLogout(app, { sid: 'sid-1' })
    assert.deepEqual([answer.status, answer.headers.get('cache-control')], [200, 'no-store'])
    assert.deepEqual([(await who(first, app)).loggedIn, (await who(second, app)).loggedIn], [false, true])
    assert.deepEqual([logouts[0]?.sid, logouts[0]?.sub, logouts[0]?.ended], ['sid-1', 'user-1', 1])
  })

  it('with a sub alone ends all of that user, and nobody else', async () => {
    const browsers = [await logIn('user-3'), await logIn('user-3')]
    const other = await logIn('user-2')
    const answer = await requestLogout(app, { sub: 'user-3', sid: undefined })
    assert.equal(answer.status, 200)
    for (const browser of browsers) assert.equal((await who(browser, app)).loggedIn, false)
    assert.equal((await who(other, app)).username, 'user-2')
    assert.equal(logouts[0]?.sid, undefined)
  })

  it('with sid and sub also ends a login of the user whose ID token named no session', async () => {
    app.forger.knobs.idToken = { claims: { sid: undefined } }
    const browser = await logIn('user-4')
    assert.deepEqual(await who(browser, app), { loggedIn: true, username: 'user-4' })
    assert.equal((await requestLogout(app, { sid: 'sid-9', sub: 'user-5' })).status, 200)
    assert.equal((await who(browser, app)).loggedIn, true, 'another user`s')
    assert.equal((await requestLogout(app, { sid: 'sid-9', sub: 'user-4' })).status, 200)
    assert.deepEqual([logouts.at(-1)?.ended, (await who(browser, app)).loggedIn], [1, false])
  })

  it('with a sub alone ends a login that a server of the provider issued whose clock is ahead', async () => {
    const now = Math.floor(Date.now() / 1000)
    app.forger.knobs.idToken = { claims: { iat: now + 8, exp: now + 300 } }
    const browser = await logIn('user-6')
    assert.equal((await requestLogout(app, { sub: 'user-6', sid: undefined, iat: now + 3 })).status, 200)
    assert.deepEqual([logouts.at(-1)?.ended, (await who(browser, app)).loggedIn], [1, false])
  })

  it('that comes twice, or finds nothing to end, is done all the same', async () => {
    await logIn('user-1', 'sid-3')
    for (const ended of [1, 0]) {
      assert.equal((await requestLogout(app, { sid: 'sid-3' })).status, 200)
      assert.equal(logouts.at(-1)?.ended, ended)
    }
    assert.equal((await requestLogout(app, { sid: 'never seen', sub: 'nobody' })).status, 200)
  })

  it('that does not verify is told invalid_request, ends nothing and runs nothing', async () => {
    const browser = await logIn('user-1', 'sid-4')
    const answer = await requestLogout(app, { nonce: 'n' })
    assert.equal(answer.status, 400)
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.equal(((await answer.json()) as { error: string }).error, 'invalid_request')
    assert.deepEqual(logouts, [])
    assert.equal((await who(browser, app)).loggedIn, true)
  })

  it('while the store is away is told to come again, and works then', async () => {
    const browser = await logIn('user-1', 'sid-5')
    store.broken = true
    const answer = await requestLogout(app, { sid: 'sid-5' })
    store.broken = false
    assert.deepEqual([answer.status, lastCode(app)], [503, 'store_unavailable'])
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.ok(Number(answer.headers.get('retry-after')) >= 1)
    assert.equal((await requestLogout(app, { sid: 'sid-5' })).status, 200)
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('is answered by POST alone', async () => {
    const jwt = await app.forger.signLogoutToken()
    for (const method of ['GET', 'HEAD', 'PUT', 'DELETE']) {
      const answer = await fetch(`${app.url}/openid/logout_request?logout_token=${jwt}`, { method })
      assert.equal(answer.status, 404)
    }
    const inQuery = await fetch(`${app.url}/openid/logout_request?logout_token=${jwt}`, { method: 'POST' })
    assert.equal(inQuery.status, 400)
  })
})

describe('A logout request, as the application has it', () => {
  const start = useStart(startForgedApp)

  it('with logoutScope subject ends all logins of the user, also with a sid', async () => {
    const app = await start({ logoutScope: 'subject' })
    const browsers = [new UserAgent(), new UserAgent()]
    for (const browser of browsers) await browser.goto(`${app.url}/private`)
    assert.equal((await requestLogout(app)).status, 200)
    for (const browser of browsers) assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('may be answered by afterLogoutRequest', async () => {
    const app = await start({
      afterLogoutRequest: async (ctx, { ended }) => {
        ctx.body = { ended }
      },
    })
    await new UserAgent().goto(`${app.url}/private`)
    assert.deepEqual(await (await requestLogout(app)).json(), { ended: 1 })
  })

  it('has ended the logins though afterLogoutRequest throws', async () => {
    const app = await start({
      afterLogoutRequest: () => {
        throw new Error('the mail server is away')
      },
    })
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    assert.equal((await requestLogout(app)).status, 500)
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  for (const [what, body, status] of [
    ['its form', (jwt: string) => ({ logout_token: jwt }), 200],
    ['several values of one name', (jwt: string) => ({ logout_token: [jwt, jwt] }), 400],
    ['something nested', (jwt: string) => ({ logout_token: { jwt } }), 400],
    ['text', (jwt: string) => `logout_token=${jwt}`, 200],
    ['nothing, having eaten the body', () => undefined, 400],
  ] as const) {
    it(`after a body parser that gives ${what} answers ${status}`, async () => {
      const app = await start({
        extend: ({ middleware }) =>
          middleware.unshift(async (ctx, next) => {
            if (ctx.method === 'POST') {
              await ctx.req.toArray()
              Object.assign(ctx.request, { body: body(await app.forger.signLogoutToken()) })
            }
            await next()
          }),
      })
      await new UserAgent().goto(`${app.url}/private`)
      assert.equal((await requestLogout(app)).status, status)
    })
  }
})

describe('A logout that the provider begins', () => {
  const app = useApp()

  it('ends all logins of a user when an administrator does', async () => {
    const browsers = [new UserAgent(), new UserAgent()]
    for (const browser of browsers) await browser.login(`${app.url}/private`, 'bob', 'bob')
    await app.provider.logoutUser('bob')
    for (const browser of browsers) assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('ends one session when an administrator deletes that', async () => {
    const browsers = [new UserAgent(), new UserAgent()]
    for (const browser of browsers) await browser.login(`${app.url}/private`, 'bob', 'bob')
    const [first, second] = browsers as [UserAgent, UserAgent]
    await app.provider.logoutSession((await who(first, app)).sid ?? '')
    assert.deepEqual([(await who(first, app)).loggedIn, (await who(second, app)).loggedIn], [false, true])
  })
})
