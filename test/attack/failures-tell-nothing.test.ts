import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import Koa from 'koa'
import { startForgedApp, useForgedApp } from '../support/app/forged-app.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { fakeClock } from '../support/clock.js'
import type { Forger, ForgerEndpoint, Knobs, Mischief, Signing } from '../support/forger/forger.js'

/** Stands in everything that comes from outside, and in every token, code and secret. */
const MARK = 'M4RK'
/** With what breaks out of a line, a quote, a header or a page. */
const text = `${MARK} "${MARK}" '${MARK}' <b>${MARK}</b>\r\n    at ${MARK} (${MARK}:1:1)`

describe('Failures tell nothing that came from outside (RFC 9700, ASVS 16.2.5 and 16.5.1)', () => {
  let seen: string[]
  const clock = fakeClock()

  const app = useForgedApp(
    {
      clientSecret: `${MARK}-client-secret`,
      now: clock.now,
      timeout: 1,
      extend: (_app, router, keycloak) => {
        router.get('/api', keycloak.bearer({ audience: 'api' }), ctx => {
          ctx.body = 'in'
        })
        router.get('/token', async ctx => {
          await keycloak.accessToken(ctx)
          ctx.body = 'in'
        })
        router.get('/userinfo', async ctx => {
          await keycloak.userInfo(ctx)
          ctx.body = 'in'
        })
        router.get('/client-token', async ctx => {
          await keycloak.clientToken()
          ctx.body = 'in'
        })
      },
    },
    { clientSecret: `${MARK}-client-secret`, now: clock.now },
  )

  beforeEach(() => {
    seen = []
    app.errors.length = 0
    app.forger.reset()
    clock.advance(10_000) // whatever cools down has done so, and what is kept is old
    app.forger.knobs.sub = `${MARK}-sub`
    app.forger.knobs.sid = undefined
  })

  /** How an error gets into a log: as Koa prints it, and as everybody else does. */
  function written(error: Error): string {
    const json = JSON.stringify(error, Object.getOwnPropertyNames(error))
    return [error.stack, String(error), inspect(error, { depth: 10, showHidden: true }), json].join('\n')
  }

  /** As Koa prints it, which keeps to itself what it shows to the visitor. */
  function printed(failure: Error): void {
    const hidden: Error = Object.create(failure, { expose: { value: false } })
    new Koa().onerror(hidden)
  }

  /** Runs with everything that is printed caught, and then looks for the mark in all that came out. */
  async function watched(run: () => Promise<void>): Promise<void> {
    const streams = [process.stdout, process.stderr]
    const writes = streams.map(stream => stream.write)
    for (const stream of streams) {
      stream.write = (chunk: string | Uint8Array) => seen.push(String(chunk)) > 0
    }
    const warn = (warning: Error) => seen.push(written(warning))
    process.on('warning', warn)
    try {
      await run()
      for (const failure of app.errors) printed(failure)
      await new Promise(resolve => setImmediate(resolve))
    } finally {
      process.off('warning', warn)
      streams.forEach((stream, i) => {
        stream.write = writes[i] as typeof stream.write
      })
    }
    for (const failure of app.errors) seen.push(written(failure))
    const leak = seen.find(line => line.includes(MARK))
    assert.equal(leak, undefined)
  }

  /** A request; what comes back is looked at too, unless it is the redirect to the provider. */
  async function go(browser: UserAgent, path: string, headers = {}): Promise<number> {
    const page = await browser.goto(app.url + path, { headers })
    const own = page.hops.filter(hop => hop.url.startsWith(app.url) && !hop.headers.location)
    for (const { headers: answered } of own) seen.push(JSON.stringify(answered))
    seen.push(page.body)
    return page.status
  }

  const endpoints: ForgerEndpoint[] = ['discovery', 'jwks', 'token', 'userinfo']
  const error = (status: number, name: string, headers = {}) => ({
    status,
    headers,
    body: { error: name, error_description: text, error_uri: `https://${MARK}.example` },
  })
  const answers: [string, Mischief][] = [
    ['an error of the specification', error(400, 'invalid_grant')],
    ['an error of its own', error(400, `${MARK}_error`)],
    ['that the client is wrong', error(401, 'invalid_client')],
    ['a challenge', error(401, MARK, { 'www-authenticate': `Bearer error="${MARK}", realm="${MARK}"` })],
    ['a failure', error(500, MARK)],
    ['a page', { status: 200, headers: { 'content-type': 'text/html' }, body: `<h1>${text}</h1>` }],
    ['a page with 400', { status: 400, headers: { 'content-type': 'text/html' }, body: text }],
    ['text that is no JSON', { body: text }],
    ['JSON that breaks off', { body: `{"access_token":"${MARK}","id_token":"${MARK}` }],
    ['JSON of another kind', { body: JSON.stringify([MARK]) }],
    ['an object of other members', { body: { [MARK]: MARK, issuer: MARK, access_token: 7, sub: MARK } }],
    ['a redirect', { status: 302, headers: { location: `https://${MARK}.example/` }, body: text }],
    ['another type', { headers: { 'content-type': `text/${MARK}` }, body: text }],
    ['nothing', 'drop'],
  ]
  for (const endpoint of endpoints) {
    for (const [what, mischief] of answers) {
      it(`when ${endpoint} answers ${what}`, () =>
        watched(async () => {
          const browser = new UserAgent()
          if (endpoint === 'userinfo') await browser.goto(`${app.url}/private`)
          app.forger.knobs.mischief = { [endpoint]: mischief }
          const path = endpoint === 'userinfo' ? '/userinfo' : '/private'
          const status = await go(browser, path)
          // Discovery and keys have a good copy from before, mostly.
          assert.ok(status >= 400 || endpoint === 'discovery' || endpoint === 'jwks')
        }))
    }
  }

  it('when the provider says no, in whatever words', () =>
    watched(async () => {
      for (const name of ['access_denied', 'server_error', 'invalid_scope', MARK, '<script>M4RK']) {
        app.forger.knobs.authorization = {
          code: undefined,
          error: name,
          error_description: MARK,
          error_uri: MARK,
        }
        assert.ok((await go(new UserAgent(), '/private')) >= 400)
      }
      app.forger.knobs.authorization = { iss: `https://${MARK}.example` }
      assert.equal(await go(new UserAgent(), '/private'), 400)
    }))

  const tokens: [string, Knobs['idToken']][] = [
    ['claims', { claims: { iss: MARK, aud: text, azp: text, nonce: text, typ: text } }],
    ['a nonce', { claims: { nonce: MARK } }],
    ['a type', { claims: { typ: MARK } }],
    ['times', { claims: { exp: MARK, iat: MARK, nbf: MARK } }],
    [
      'a critical extension',
      { header: { crit: [`${MARK}\n    at ${MARK}`], [`${MARK}\n    at ${MARK}`]: 1 } },
    ],
    ['a key id', { header: { kid: text } }],
    ['a foreign key', { trick: 'foreign-key', claims: { sub: text } }],
    ['no signature', { trick: 'none', claims: { sub: text } }],
    ['a header', { header: { typ: text, jku: text, cty: text } }],
  ]
  for (const [what, forgery] of tokens) {
    it(`when an ID token has ${what} that will not do`, () =>
      watched(async () => {
        app.forger.knobs.idToken = forgery
        assert.ok((await go(new UserAgent(), '/private')) >= 400)
      }))

    it(`when a token at an API or a logout token has ${what} that will not do`, () =>
      watched(async () => {
        const { claims, ...signing } = forgery
        const jwt = await app.forger.sign({ iss: app.forger.issuer, ...claims }, signing as Signing)
        assert.equal(await go(new UserAgent(), '/api', { authorization: `Bearer ${jwt}` }), 401)
        const body = new URLSearchParams({ logout_token: jwt })
        const response = await fetch(`${app.url}/openid/logout_request`, { method: 'POST', body })
        // In the pause after a look at the keys, an unknown one is not known yet.
        assert.equal(response.status, what === 'a key id' ? 503 : 400)
        seen.push(await response.text(), JSON.stringify([...response.headers]))
      }))
  }

  it('when the ID token is none', () =>
    watched(async () => {
      const none = [text, MARK, `${MARK}.${MARK}.${MARK}`, `${btoa(text)}.${btoa(text)}.x`, { [MARK]: MARK }]
      for (const id_token of none) {
        app.forger.knobs.token = { id_token }
        assert.ok((await go(new UserAgent(), '/private')) >= 400)
      }
    }))

  it('when an access token does not fit into a header', () =>
    watched(async () => {
      app.forger.knobs.token = { access_token: text }
      const browser = new UserAgent()
      await browser.goto(`${app.url}/private`)
      assert.ok((await go(browser, '/userinfo')) >= 400)
    }))

  for (const [what, mischief] of answers) {
    it(`when the token endpoint answers a renewal or a client with ${what}`, () =>
      watched(async () => {
        const browser = new UserAgent()
        await browser.goto(`${app.url}/private`)
        clock.advance(301)
        app.forger.knobs.mischief = { token: mischief }
        await browser.goto(`${app.url}/`) // shows the user's name, and renews
        assert.ok((await go(browser, '/token')) >= 400)
        assert.ok((await go(new UserAgent(), '/client-token')) >= 400)
      }))
  }

  it('when a fetch of the application`s fails in words of its own', async () => {
    const failing = () =>
      Promise.reject(new TypeError(`Headers.set: "Bearer ${MARK}" is an invalid header value`))
    const own = await startForgedApp({ fetch: failing })
    const page = await new UserAgent().goto(`${own.url}/private`)
    await own.close()
    assert.equal(page.status, 503)
    for (const failure of own.errors) assert.ok(!written(failure).includes(MARK))
    assert.equal(own.errors.length, 1)
  })

  it('and the mark is where it should be: the provider got the secret, the test would see it', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    const { authorization = '' } = (app.forger satisfies Forger).last('token').headers
    assert.match(atob(authorization.slice(6)), new RegExp(MARK))
    await assert.rejects(watched(async () => void seen.push(`a line with ${MARK}`)))
  })
})
