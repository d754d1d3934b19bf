import assert from 'node:assert/strict'
import fc from 'fast-check'
import { startApp, type TestAppOptions } from '../../support/app/app.js'
import { type ForgedApp, requestLogout } from '../../support/app/forged-app.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import type { Answer, ForgerEndpoint } from '../../support/forger/forger.js'
import { useForger } from '../../support/forger/forger.js'
import { fuzz, SECONDS, SEED } from './budget.js'
import { hostileText, hostileValue, mutation } from './inputs.js'
import { assertOurs, assertTellsNothing } from './invariants.js'

const ASKED = ['discovery', 'jwks', 'token', 'userinfo', 'revocation'] as const
const STATUSES = [
  200, 200, 200, 200, 201, 204, 302, 304, 400, 400, 401, 403, 404, 405, 418, 429, 500, 502, 503,
]
const MEMBERS = [
  'issuer',
  'jwks_uri',
  'authorization_endpoint',
  'token_endpoint',
  'end_session_endpoint',
  'userinfo_endpoint',
  'revocation_endpoint',
  'token_endpoint_auth_methods_supported',
  'id_token_signing_alg_values_supported',
  'response_modes_supported',
  'mtls_endpoint_aliases',
  'authorization_response_iss_parameter_supported',
  'keys',
  'access_token',
  'refresh_token',
  'id_token',
  'token_type',
  'expires_in',
  'refresh_expires_in',
  'scope',
  'session_state',
  'not-before-policy',
  'sub',
  'email',
  'error',
  'error_description',
  'error_uri',
  'active',
  'constructor',
  '__proto__',
  'toString',
]
const HEADERS = [
  'Content-Type',
  'WWW-Authenticate',
  'DPoP-Nonce',
  'Retry-After',
  'Location',
  'Cache-Control',
  'Date',
  'Age',
  'Content-Encoding',
  'Expires',
  'Set-Cookie',
]

/** What is wrong with an answer: members over the right ones, or another text altogether, and its head. */
const wrong = fc.record({
  endpoint: fc.constantFrom(...ASKED),
  /** Before the first login, or when someone is logged in. */
  early: fc.boolean(),
  status: fc.constantFrom(...STATUSES),
  members: fc.dictionary(fc.constantFrom(...MEMBERS), hostileValue, { maxKeys: 4 }),
  text: fc.option(
    fc.oneof(
      mutation,
      fc.json().map(json => () => json),
    ),
    { nil: undefined },
  ),
  headers: fc.dictionary(
    fc.constantFrom(...HEADERS),
    fc.oneof(
      hostileText.map(printable),
      fc.constantFrom('application/json', 'text/html', 'gzip', '0', 'Bearer error="x"'),
    ),
    { maxKeys: 2 },
  ),
})

type Wrong = typeof wrong extends fc.Arbitrary<infer W> ? W : never

describe('Fuzz: what the provider answers', () => {
  const forger = useForger({ clientSecret: 'app-secret' })

  it(`causes no error but ours, and tells no secret; FUZZ_SEED=${SEED}`, async function () {
    this.timeout(SECONDS * 1000 + 60_000)
    const tried = await fuzz(wrong, async input => {
      forger.reset()
      const app = await startApp(
        { discoveryUrl: forger.discoveryUrl, addClient: async () => {} },
        { extend: addPages },
      )
      try {
        await live(Object.assign(app, { forger }), input)
      } finally {
        await app.close()
      }
    })
    assert.ok(tried > 0)
  })

  /** One user's day: logs in, uses everything that asks the provider, is logged out. */
  async function live(app: ForgedApp, input: Wrong): Promise<void> {
    const browser = new UserAgent()
    const pages: string[] = []
    const visit = async (path: string) => {
      const { status, body, hops } = await browser.goto(app.url + path)
      pages.push(body)
      assert.ok(
        status < 500 || (hops.length > 0 && app.errors.length > 0),
        `${path}: ${status} without an error`,
      )
    }
    if (input.early) await spoil(input)
    await visit('/private')
    await spoil(input)
    for (const path of ['/userinfo', '/renew', '/private', '/client-token']) await visit(path)
    // A key that is not known is waited for: only where the keys are what is wrong.
    const signing = input.endpoint === 'jwks' ? { header: { kid: 'unknown' } } : {}
    const authorization = `Bearer ${await forger.sign({ iss: forger.issuer, sub: 'x' }, signing)}`
    pages.push(await (await fetch(`${app.url}/api`, { headers: { authorization } })).text())
    pages.push(await (await requestLogout(app)).text())
    await visit('/openid/logout')
    assertOurs(app.errors, 'provider')
    for (const page of pages) assertTellsNothing(page)
  }

  async function spoil({ endpoint, status, members, text, headers }: Wrong): Promise<void> {
    const answer: Answer = { status, headers }
    forger.knobs.mischief[endpoint] = answer
    if (endpoint === 'discovery') Object.assign(forger.knobs.metadata, members)
    else if (endpoint === 'token') Object.assign(forger.knobs.token, members)
    else if (endpoint === 'userinfo') Object.assign(forger.knobs.userInfo, members)
    else answer.body = JSON.stringify(members)
    if (text) answer.body = text(await rightAnswer(endpoint, members))
  }

  async function rightAnswer(endpoint: ForgerEndpoint, members: object): Promise<string> {
    if (endpoint === 'jwks') return JSON.stringify({ keys: [forger.key.publicJwk], ...members })
    return JSON.stringify({
      token_type: 'Bearer',
      access_token: 'a.b.c',
      id_token: 'a.b.c',
      sub: 'user-1',
      ...members,
    })
  }
})

const addPages: NonNullable<TestAppOptions['extend']> = (_app, router, keycloak) => {
  router.get('/userinfo', async ctx => {
    ctx.body = await keycloak.userInfo(ctx)
  })
  router.get('/renew', async ctx => {
    await keycloak.accessToken(ctx, { force: true })
    ctx.body = 'renewed'
  })
  router.get('/client-token', async ctx => {
    await keycloak.clientToken()
    ctx.body = 'given'
  })
  router.get('/api', keycloak.bearer(), ctx => {
    ctx.body = 'api'
  })
}

/** What Node lets a server put into a header. */
function printable(text: string): string {
  return text.replace(/[^\t\x20-\x7e\x80-\xff]/g, '')
}
