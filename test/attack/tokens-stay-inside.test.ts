import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import type { KeycloakAuthToken } from '../../src/index.js'
import { useForgedApp } from '../support/app/forged-app.js'
import { sessionStore } from '../support/app/session-store.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { fakeClock } from '../support/clock.js'

for (const mode of ['cookie', 'store'] as const) {
  describe(`Tokens (ASVS 10.1.1), sessions in a ${mode}`, () => {
    const clock = fakeClock()
    const sessions = sessionStore()
    const dumps: string[] = []
    const tokens = new Set<string>()

    function keep(token: KeycloakAuthToken | undefined) {
      for (const text of [token?.accessToken, token?.refreshToken, token?.idToken]) if (text) tokens.add(text)
    }

    const app = useForgedApp(
      {
        now: clock.now,
        session: mode === 'store' ? { store: sessions } : {},
        afterLogin: (ctx, token) => {
          keep(token)
          dumps.push(
            inspect(ctx.state, { depth: 9, showHidden: true }),
            JSON.stringify(ctx.state),
            inspect(token, { showHidden: true, depth: 9 }),
            String(token),
          )
        },
        extend: (application, router, keycloak) => {
          router.get('/dump', ctx => {
            const { state } = ctx
            keep(state.keycloak.token)
            dumps.push(inspect(state, { depth: 9, showHidden: true, getters: false }))
            dumps.push(JSON.stringify({ ...state.keycloak }), JSON.stringify(ctx.session))
            dumps.push(inspect(keycloak, { depth: 9, showHidden: true }), JSON.stringify(keycloak))
            ctx.body = state
          })
          router.get('/fail', () => {
            throw new Error('a defect of the application')
          })
          application.on('error', (error, ctx) => {
            dumps.push(
              inspect(error, { depth: 9, showHidden: true }),
              error.stack,
              inspect(ctx, { depth: 9 }),
            )
          })
        },
      },
      { now: clock.now },
    )

    it('10.1.1 are in no cookie, address, page, session, log, error or dump, while a user comes, works and fails', async () => {
      const browser = new UserAgent()
      const hops = []
      for (const path of ['/private', '/dump', '/fail', '/', '/openid/auth?code=x&state=y']) {
        hops.push(...(await visit(browser, path)))
      }
      clock.advance(295)
      hops.push(...(await visit(browser, '/dump')))
      app.forger.knobs.mischief.token = { status: 400, body: { error: 'invalid_scope' } }
      clock.advance(295)
      hops.push(...(await visit(browser, '/dump')))
      app.forger.reset()
      app.forger.knobs.idToken.claims = { aud: 'somebody else' }
      hops.push(...(await visit(browser, '/openid/login')))

      assert.ok(tokens.size >= 6, `${tokens.size} tokens were about`)
      const shown = [...hops, ...dumps, ...sessions.sessions.values(), inspect(app.errors, { depth: 9 })]
      for (const token of tokens) {
        for (const part of [token, token.split('.').at(-1) ?? token]) {
          assert.deepEqual(
            shown.filter(text => text?.includes(part)).map(text => text.slice(0, 400)),
            [],
          )
        }
      }
      assert.doesNotMatch(dumps.join(), /app-secret/)
    })

    it('10.1.1 the way out alone names one: the hint for the provider, in an answer that is not kept', async () => {
      app.forger.reset()
      const browser = new UserAgent()
      await browser.goto(`${app.url}/private`)
      await browser.goto(`${app.url}/dump`)
      const page = await browser.goto(`${app.url}/openid/logout`, { redirects: 0 })
      assert.equal(page.header('cache-control'), 'no-store')
      const hint = new URL(page.header('location')).searchParams.get('id_token_hint') ?? ''
      assert.ok(tokens.has(hint))
      assert.ok(!page.body.includes(hint))
    })

    async function visit(browser: UserAgent, path: string): Promise<string[]> {
      const page = await browser.goto(app.url + path)
      const own = page.hops.filter(({ url }) => url.startsWith(app.url))
      const cookies = Object.entries(browser.cookies()).map(([name, value]) => `${name}=${decode(value)}`)
      return [...own.map(({ url, headers }) => `${url} ${inspect(headers)}`), page.body, ...cookies]
    }
  })
}

const decode = (value: string) => `${value} ${Buffer.from(value, 'base64').toString()}`
