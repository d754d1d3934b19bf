import assert from 'node:assert/strict'
import { createKeycloak, memoryStore } from '../../../src/index.js'
import type { TestAppOptions } from '../../support/app/app.js'
import { startForgedApp } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { useStart } from '../../support/use.js'

describe('afterLogin', () => {
  const store = memoryStore()
  const start = useStart((options: TestAppOptions) => startForgedApp({ store, ...options }))

  it('may answer, and writes into the new session', async () => {
    const app = await start({
      afterLogin: async (ctx, token) => {
        ctx.session.username = token.username
        ctx.redirect('/welcome')
      },
      extend: (_app, router) => {
        router.get('/welcome', ctx => {
          ctx.body = ctx.session.username
        })
      },
    })
    const page = await new UserAgent().goto(`${app.url}/private`)
    assert.deepEqual([page.url, page.body], [`${app.url}/welcome`, 'user-1'])
  })

  it('need not answer: the user is taken back to the page that was asked for', async () => {
    const seen: unknown[] = []
    const app = await start({
      afterLogin: ctx => {
        const { loggedIn, user, exchanged } = ctx.state.keycloak
        seen.push(loggedIn, user.sub, exchanged.returnTo)
      },
    })
    const page = await new UserAgent().goto(`${app.url}/private?a=1`)
    assert.equal(page.url, `${app.url}/private?a=1`)
    assert.deepEqual(seen, [true, 'user-1', '/private?a=1'])
  })

  it('may answer with a page, or with nothing', async () => {
    const app = await start({
      afterLogin: ctx => {
        ctx.body = 'hello'
      },
    })
    assert.equal((await new UserAgent().goto(`${app.url}/private`)).body, 'hello')
    const mute = await start({
      afterLogin: ctx => {
        ctx.status = 204
      },
    })
    assert.equal((await new UserAgent().goto(`${mute.url}/private`)).status, 204)
  })

  for (const caught of [false, true]) {
    it(`that throws is no login, ${caught ? 'also' : ''} where the error is ${caught ? '' : 'not '}caught`, async () => {
      const app = await start({
        afterLogin: ctx => ctx.throw(403, 'Not in our books'),
        extend: ({ middleware }) =>
          middleware.unshift(async (ctx, next) => {
            if (!caught) return next()
            try {
              await next()
            } catch {
              ctx.status = 403
            }
          }),
      })
      const browser = new UserAgent()
      const page = await browser.goto(`${app.url}/private`)
      assert.equal(page.status, 403)
      assert.deepEqual(await app.keycloak.logins({ sub: 'user-1' }), [])
      assert.deepEqual(await who(browser, app), { loggedIn: false })
    })
  }
})

describe('Hooks', () => {
  it('have to be functions', () => {
    for (const hook of ['afterLogin', 'afterLogoutRequest']) {
      const options = { configuration: 'http://localhost/realms/x', clientId: 'app', [hook]: 'x' }
      assert.throws(() => createKeycloak(options), { code: 'invalid_options' })
    }
  })
})
