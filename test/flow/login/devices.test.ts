import assert from 'node:assert/strict'
import type { LoginSummary } from '../../../src/index.js'
import type { TestAppOptions } from '../../support/app/app.js'
import { useEvents } from '../../support/app/events.js'
import { startForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { useStart } from '../../support/use.js'

describe('A user`s logins', () => {
  const refusals = useEvents('login.refused')
  const start = useStart((options: TestAppOptions) =>
    startForgedApp({
      describeLogin: ctx => ({ browser: ctx.get('user-agent') }),
      ...options,
      extend: (app, router, keycloak) => {
        router.get('/logins', async ctx => {
          ctx.body = await keycloak.logins({ sub: 'user-1', ctx })
        })
        router.post('/end-others', async ctx => {
          ctx.body = { ended: await keycloak.endLogins({ sub: 'user-1', except: ctx }) }
        })
        options.extend?.(app, router, keycloak)
      },
    }),
  )
  const named = (name: string) => ({ headers: { 'user-agent': name } })

  it('are told with where they were made, which is this one, and their times', async () => {
    const app = await start({})
    const [phone, laptop] = [new UserAgent(), new UserAgent()]
    await phone.goto(`${app.url}/private`, named('phone'))
    await laptop.goto(`${app.url}/private`, named('laptop'))
    const logins = (await phone.goto(`${app.url}/logins`)).json<LoginSummary[]>()
    assert.deepEqual(logins.map(({ device, current }) => [device?.browser, current]).sort(), [
      ['laptop', false],
      ['phone', true],
    ])
    for (const { startedAt, renewedAt, endsAt } of logins) {
      assert.ok(startedAt <= renewedAt && renewedAt < endsAt)
    }
    assert.ok((await app.keycloak.logins({ sub: 'user-1' })).every(login => !('current' in login)))
  })

  it('all end but one, and that one goes on through its renewals', async () => {
    const app = await start({})
    const [phone, laptop] = [new UserAgent(), new UserAgent()]
    await phone.goto(`${app.url}/private`)
    await laptop.goto(`${app.url}/private`)
    const { ended } = (await phone.goto(`${app.url}/end-others`, { method: 'POST' })).json()
    assert.equal(ended, 1)
    assert.equal((await who(laptop, app)).loggedIn, false)
    assert.equal((await phone.goto(`${app.url}/private`)).status, 200)
  })

  it('do not end at the word of a request that has none to leave out', async () => {
    const app = await start({})
    await new UserAgent().goto(`${app.url}/private`)
    const answer = await new UserAgent().goto(`${app.url}/end-others`, { method: 'POST' })
    assert.equal(answer.status, 401)
    assert.equal((await app.keycloak.logins({ sub: 'user-1' })).length, 1)
  })

  for (const [what, describeLogin] of Object.entries({
    throws: () => {
      throw new Error('no such header')
    },
    rejects: async () => {
      throw new Error('no such header')
    },
    'gives a list': () => [] as never,
    'gives a text': () => 'phone' as never,
    'gives what JSON can not hold': () => ({ count: 1n }),
    'gives more than 1024 bytes': () => ({ browser: 'ü'.repeat(510) }),
  })) {
    it(`do not come about where describeLogin ${what}`, async () => {
      const app = await start({ describeLogin })
      const page = await new UserAgent().goto(`${app.url}/private`)
      assert.deepEqual([page.status, lastCode(app)], [500, 'description_unusable'])
      assert.deepEqual(await app.keycloak.logins({ sub: 'user-1' }), [])
      assert.equal(refusals.at(-1)?.[1].code, 'description_unusable')
    })
  }

  it('are described by JSON, 1024 bytes of it too', async () => {
    const app = await start({
      describeLogin: () => ({ at: new Date(0), browser: 'x'.repeat(971), no: undefined }),
    })
    assert.equal((await new UserAgent().goto(`${app.url}/private`)).status, 200)
    const [login] = await app.keycloak.logins({ sub: 'user-1' })
    assert.deepEqual(login?.device, { at: '1970-01-01T00:00:00.000Z', browser: 'x'.repeat(971) })
  })

  it('are limited: the oldest ends, and its browser is sent to log in', async () => {
    const app = await start({ limitLogins: { max: 2 } })
    const browsers = [new UserAgent(), new UserAgent(), new UserAgent()]
    for (const browser of browsers) await browser.goto(`${app.url}/private`)
    const loggedIn = await Promise.all(browsers.map(async browser => (await who(browser, app)).loggedIn))
    assert.deepEqual(loggedIn, [false, true, true])
    assert.equal((await browsers[0]?.goto(`${app.url}/private`))?.status, 200)
    assert.equal((await app.keycloak.logins({ sub: 'user-1' })).length, 2)
  })

  it('are limited: the one too many is refused, and the others go on', async () => {
    const app = await start({ limitLogins: { max: 1, excess: 'refuse' } })
    const [first, second] = [new UserAgent(), new UserAgent()]
    await first.goto(`${app.url}/private`)
    for (let i = 0; i < 3; i++) assert.equal((await second.goto(`${app.url}/private`)).status, 403)
    assert.equal(refusals.at(-1)?.[1].code, 'login_limit')
    assert.deepEqual(await who(second, app), { loggedIn: false })
    assert.equal((await first.goto(`${app.url}/private`)).status, 200)
    await app.keycloak.endLogins({ sub: 'user-1' })
    assert.equal((await second.goto(`${app.url}/private`)).status, 200)
  })

  it('are limited, and a new login in the same browser takes the place of its own', async () => {
    const app = await start({ limitLogins: { max: 1, excess: 'refuse' } })
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    await browser.goto(`${app.url}/openid/login?returnTo=/private`)
    assert.equal((await who(browser, app)).loggedIn, true)
    assert.equal((await app.keycloak.logins({ sub: 'user-1' })).length, 1)
  })

  for (const excess of ['oldest', 'refuse'] as const) {
    it(`are limited also when many begin at once, by ${excess}`, async () => {
      const app = await start({ limitLogins: { max: 2, excess } })
      const browsers = Array.from({ length: 12 }, () => new UserAgent())
      await Promise.all(browsers.map(browser => browser.goto(`${app.url}/private`)))
      const logins = await app.keycloak.logins({ sub: 'user-1' })
      assert.equal(logins.length, 2)
    })
  }

  it('that are refused when they are made are not missed, however often', async () => {
    const app = await start({
      afterLogin: ctx => ctx.throw(403, 'Not in our books'),
      extend: ({ middleware }) =>
        middleware.unshift(async (ctx, next) => {
          try {
            await next()
          } catch (error) {
            ctx.status = (error as { status: number }).status
            ctx.body = { code: (error as { code?: string }).code }
          }
        }),
    })
    const browser = new UserAgent()
    for (let i = 0; i < 3; i++) assert.equal((await browser.goto(`${app.url}/private`)).status, 403)
  })
})
