import assert from 'node:assert/strict'
import Koa from 'koa'
import type { Context } from '../../../src/index.js'
import { createKeycloak } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { useServed } from '../../support/app/serve.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

describe('An API that wants a stronger login', () => {
  const clock = fakeClock()
  const told = useEvents('access.refused', 'bearer.refused')
  let answer: { status: number; challenge: string }
  const app = useForgedApp(
    {
      now: clock.now,
      extend: (_app, router, keycloak) => {
        router.all('/call', keycloak.requireLogin(), async ctx => {
          const headers = { authorization: `Bearer ${await keycloak.accessToken(ctx)}` }
          const response = await fetch(api.url, { headers })
          if (await keycloak.stepUp(ctx, response)) return
          ctx.body = { status: response.status }
        })
        router.get('/told', async (ctx: Context) => {
          const headers = new Headers({ 'www-authenticate': answer.challenge })
          const isStep = await keycloak.stepUp(ctx, new Response(null, { status: answer.status, headers }))
          if (!isStep) ctx.body = 'left alone'
        })
      },
    },
    { now: clock.now },
  )
  const api = useServed(() => {
    const keycloak = createKeycloak({
      configuration: app.forger.discoveryUrl,
      clientId: 'api',
      audience: 'account',
      now: clock.now,
    })
    return new Koa().use(keycloak.bearer({ acr: ['gold', 'platinum'], maxAge: 300 })).use(ctx => {
      ctx.body = 'gold'
    })
  })
  beforeEach(() => {
    app.forger.reset()
    app.errors.length = 0
  })

  async function loggedIn(): Promise<UserAgent> {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    return browser
  }
  const golden = () => {
    app.forger.knobs.accessToken.claims = { acr: 'gold' }
    app.forger.knobs.idToken.claims = { acr: 'gold' }
  }

  it('sends the user of an application to that login, and is called again afterwards', async () => {
    const browser = await loggedIn()
    golden()
    const page = await browser.goto(`${app.url}/call?a=1`)
    assert.deepEqual([page.url, page.json()], [`${app.url}/call?a=1`, { status: 200 }])
    const { searchParams } = app.forger.last('authorization').url
    assert.deepEqual([searchParams.get('acr_values'), searchParams.get('max_age')], ['gold platinum', '300'])
    assert.equal(app.forger.counts.authorization, 2)
    assert.deepEqual(
      told.map(([event, { code }]) => [event, code]),
      [['bearer.refused', 'step_up_required']],
    )
  })

  it('has a script told what to ask for', async () => {
    const answer = await (await loggedIn()).fetch(`${app.url}/call`)
    const { error, acr_values, max_age, login } = answer.json()
    assert.deepEqual(
      [answer.status, error, acr_values, max_age, login],
      [401, 'login_required', 'gold platinum', 300, '/openid/login'],
    )
  })

  it('ends in a 403 where the provider does not reach it, and the login goes on', async () => {
    const browser = await loggedIn()
    const page = await browser.goto(`${app.url}/call`)
    assert.deepEqual([page.status, app.forger.counts.authorization], [403, 2])
    assert.equal((await browser.goto(`${app.url}/private`)).hops.length, 1)
  })

  it('ends in a 403, not a loop, where the login is as wanted and the token does not show it', async () => {
    app.forger.knobs.idToken.claims = { acr: 'gold' }
    const browser = new UserAgent()
    const page = await browser.goto(`${app.url}/call`)
    assert.deepEqual([page.status, app.forger.counts.authorization], [403, 1])
    assert.equal(told.at(-1)?.[1].code, 'step_up_failed')
  })

  it('has the user prove anew who they are when that was long ago', async () => {
    golden()
    const browser = new UserAgent()
    await browser.goto(`${app.url}/call`)
    clock.advance(299)
    assert.equal((await browser.goto(`${app.url}/call`)).hops.length, 1)
    clock.advance(30)
    assert.deepEqual((await browser.goto(`${app.url}/call`)).json(), { status: 200 })
    assert.equal(app.forger.counts.authorization, 2)
  })

  const asking: [challenge: string, params: Record<string, string>][] = [
    ['Bearer error="insufficient_user_authentication", acr_values="gold"', { acr_values: 'gold' }],
    ['bearer acr_values=gold,error=insufficient_user_authentication', { acr_values: 'gold' }],
    [
      'Cookie realm="a, b", DPoP algs="ES256", error="insufficient_user_authentication", max_age="7"',
      { max_age: '7' },
    ],
    [
      'Basic realm="x", Bearer error="insufficient_user_authentication", acr_values="a \\"b\\" c"',
      { acr_values: 'a "b" c' },
    ],
    ['Bearer error="insufficient_user_authentication", acr_values="", max_age="0"', { max_age: '0' }],
  ]
  for (const [challenge, params] of asking) {
    it(`asks by ${challenge}`, async () => {
      answer = { status: 401, challenge }
      const page = await new UserAgent().goto(`${app.url}/told`, { redirects: 0 })
      const { searchParams } = new URL(page.header('location'))
      for (const [name, value] of Object.entries(params)) assert.equal(searchParams.get(name), value)
    })
  }

  const others: [what: string, status: number, challenge: string][] = [
    ['another status', 403, 'Bearer error="insufficient_user_authentication", acr_values="gold"'],
    ['another error', 401, 'Bearer error="invalid_token", acr_values="gold"'],
    [
      'an error in another challenge',
      401,
      'X error="insufficient_user_authentication", Bearer acr_values="gold"',
    ],
    ['no demand', 401, 'Bearer error="insufficient_user_authentication"'],
    ['an age that is none', 401, 'Bearer error="insufficient_user_authentication", max_age="-1"'],
    ['an age beyond reason', 401, 'Bearer error="insufficient_user_authentication", max_age="9999999999"'],
    [
      'too many contexts',
      401,
      `Bearer error="insufficient_user_authentication", acr_values="${'a '.repeat(11)}"`,
    ],
    [
      'a context too long',
      401,
      `Bearer error="insufficient_user_authentication", acr_values="${'a'.repeat(101)}"`,
    ],
    [
      'a header too long',
      401,
      `Bearer error="insufficient_user_authentication", acr_values="gold", x="${'a'.repeat(4000)}"`,
    ],
    [
      'an open quote',
      401,
      `Bearer error="insufficient_user_authentication, acr_values="${'\\"'.repeat(1900)}`,
    ],
    ['no words', 401, ',,,=",'],
  ]
  for (const [what, status, challenge] of others) {
    it(`is left to the application with ${what}`, async () => {
      answer = { status, challenge }
      assert.equal((await new UserAgent().goto(`${app.url}/told`)).body, 'left alone')
    })
  }
})
