import assert from 'node:assert/strict'
import type { AccessTokenOptions, Context } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { useForgedApp } from '../../support/app/forged-app.js'
import { lastCode, who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'
import type { Mischief } from '../../support/forger/forger.js'

const GRANT = 'urn:ietf:params:oauth:grant-type:token-exchange'

describe('A token for another service', () => {
  const clock = fakeClock()
  const told = useEvents('access.refused')
  let wanted: AccessTokenOptions
  let asked: URLSearchParams[]
  const app = useForgedApp(
    {
      now: clock.now,
      timeout: 1,
      extend: (_app, router, keycloak) => {
        const show = async (ctx: Context) => {
          ctx.body = await keycloak.accessToken(ctx, wanted)
        }
        router.get('/mine', show)
        router.get('/api', keycloak.bearer({ audience: 'api' }), show)
        router.get('/either', keycloak.authenticate({ audience: 'api' }), show)
      },
    },
    { now: clock.now },
  )
  beforeEach(() => {
    app.forger.reset()
    app.errors.length = 0
    wanted = { audience: 'billing' }
    asked = []
    clock.advance(1) // a login that begins at the very moment of an end is covered by it
    app.forger.knobs.grants[GRANT] = ({ form }) => {
      asked.push(form)
      return { body: { access_token: `token ${asked.length}`, token_type: 'Bearer', expires_in: 60 } }
    }
  })

  async function loggedIn(): Promise<UserAgent> {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    return browser
  }
  async function token(claims: Record<string, unknown> = {}): Promise<string> {
    const iat = Math.floor(clock.now())
    const right = { iss: app.forger.issuer, sub: 'caller', aud: 'api', typ: 'Bearer', iat, exp: iat + 300 }
    return app.forger.sign({ ...right, ...claims })
  }
  const askWith = async (jwt: string, path = '/api') =>
    fetch(app.url + path, { headers: { authorization: `Bearer ${jwt}` } })

  it('is asked for in the user’s name, by this client', async () => {
    const browser = await loggedIn()
    wanted = { audience: ['billing', 'stock'], scopes: ['a', 'b'] }
    assert.equal((await browser.goto(`${app.url}/mine`)).body, 'token 1')
    const { headers, form } = app.forger.last('token')
    assert.match(headers.authorization ?? '', /^Basic /)
    assert.deepEqual(form.getAll('audience'), ['billing', 'stock'])
    assert.equal(form.get('scope'), 'a b')
    assert.match(form.get('subject_token') ?? '', /^ey/)
    const type = 'urn:ietf:params:oauth:token-type:access_token'
    assert.deepEqual([form.get('subject_token_type'), form.get('requested_token_type')], [type, type])
  })

  it('is asked for in the name of the owner of a token, whoever is logged in', async () => {
    const jwt = await token()
    assert.equal(await (await askWith(jwt)).text(), 'token 1')
    assert.equal(asked[0]?.get('subject_token'), jwt)
    const browser = await loggedIn()
    const headers = { authorization: `Bearer ${jwt}` }
    assert.equal((await browser.fetch(`${app.url}/either`, { headers })).body, 'token 1')
    assert.equal((await browser.fetch(`${app.url}/either`)).body, 'token 2')
  })

  it('is kept until shortly before its end, each for its user and its purpose', async () => {
    const [alice, bob] = [await loggedIn(), await loggedIn()]
    const get = async (browser: UserAgent) => (await browser.goto(`${app.url}/mine`)).body
    assert.deepEqual([await get(alice), await get(bob)], ['token 1', 'token 2'])
    wanted = { audience: 'stock' }
    assert.equal(await get(alice), 'token 3')
    wanted = { scopes: ['billing'] }
    assert.equal(await get(alice), 'token 4')
    wanted = { audience: 'billing' }
    clock.advance(53)
    assert.deepEqual([await get(alice), await get(bob)], ['token 1', 'token 2'])
    clock.advance(2)
    assert.deepEqual([await get(alice), await get(alice)], ['token 5', 'token 5'])
  })

  it('goes on over a renewal of the login', async () => {
    app.forger.knobs.grants[GRANT] = () => ({
      body: { access_token: 'long', token_type: 'Bearer', expires_in: 3600 },
    })
    const browser = await loggedIn()
    await browser.goto(`${app.url}/mine`)
    clock.advance(295)
    app.forger.knobs.grants[GRANT] = () => assert.fail('it is there')
    assert.equal((await browser.goto(`${app.url}/mine`)).body, 'long')
  })

  it('is not kept when nobody knows how long it lives', async () => {
    app.forger.knobs.grants[GRANT] = ({ form }) => {
      asked.push(form)
      return { body: { access_token: 'opaque', token_type: 'bearer' } }
    }
    const browser = await loggedIn()
    for (let i = 0; i < 2; i++) assert.equal((await browser.goto(`${app.url}/mine`)).body, 'opaque')
    assert.equal(asked.length, 2)
  })

  it('is asked for once, however many requests want it', async () => {
    const browser = await loggedIn()
    const before = app.forger.counts.token
    const release = app.forger.hold('token')
    const pages = Array.from({ length: 20 }, () => browser.clone().goto(`${app.url}/mine`))
    await app.forger.arrived('token', before + 1)
    release()
    assert.deepEqual(new Set((await Promise.all(pages)).map(({ body }) => body)), new Set(['token 1']))
  })

  it('is a new one by force, from a new token of the login', async () => {
    const browser = await loggedIn()
    await browser.goto(`${app.url}/mine`)
    wanted = { ...wanted, force: true }
    assert.equal((await browser.goto(`${app.url}/mine`)).body, 'token 2')
    assert.notEqual(asked[0]?.get('subject_token'), asked[1]?.get('subject_token'))
    const jwt = await token()
    const answers = [await (await askWith(jwt)).text(), await (await askWith(jwt)).text()]
    assert.deepEqual(answers, ['token 3', 'token 4'])
  })

  it('ends with the login', async () => {
    const browser = await loggedIn()
    await browser.goto(`${app.url}/mine`)
    await app.keycloak.endLogins({ sub: 'user-1' })
    const page = await browser.fetch(`${app.url}/mine`)
    assert.deepEqual([page.status, asked.length], [401, 1])
  })

  it('without an audience is the login’s own, and there is none without a login', async () => {
    wanted = {}
    assert.match((await (await loggedIn()).goto(`${app.url}/mine`)).body, /^ey/)
    assert.equal((await askWith(await token())).status, 401)
    wanted = { audience: 'billing' }
    assert.equal((await new UserAgent().fetch(`${app.url}/mine`)).status, 401)
  })

  const refusals: [what: string, status: number, error: string, words: string, reason: string][] = [
    [
      'the audience is not available',
      400,
      'invalid_request',
      'Requested audience not available: billing',
      'invalid_request',
    ],
    ['the audience is not known', 400, 'invalid_client', 'Audience not found', 'unknown_audience'],
    [
      'the client is not in the token’s audience',
      403,
      'access_denied',
      'Client is not within the token audience',
      'access_denied',
    ],
    ['the scope is not', 400, 'invalid_scope', 'Invalid scopes: x', 'invalid_scope'],
    ['the service is not', 400, 'invalid_target', 'No such service', 'invalid_target'],
  ]
  for (const [what, status, error, words, reason] of refusals) {
    it(`is refused when ${what}, in words of our own`, async () => {
      const browser = await loggedIn()
      app.forger.knobs.grants[GRANT] = () => ({ status, body: { error, error_description: words } })
      const page = await browser.goto(`${app.url}/mine`)
      assert.equal(page.status, 403)
      assert.doesNotMatch(page.body, /billing/)
      assert.ok(!page.body.includes(words))
      assert.deepEqual(
        told.map(([, facts]) => [facts.code, facts.reason]),
        [['exchange_refused', reason]],
      )
      assert.equal((await who(browser, app)).loggedIn, true)
    })
  }

  const invalidToken = { status: 400, body: { error: 'invalid_request', error_description: 'Invalid token' } }

  it('is nobody’s when the session has ended there: a 401 for a token, the end of a login', async () => {
    const browser = await loggedIn()
    app.forger.knobs.grants[GRANT] = () => invalidToken
    const answer = await askWith(await token())
    assert.deepEqual(
      [answer.status, answer.headers.get('www-authenticate')],
      [401, 'Bearer error="invalid_token"'],
    )
    const ended = { status: 400, body: { error: 'invalid_grant' } }
    app.forger.knobs.grants.refresh_token = () => ended
    assert.equal((await browser.fetch(`${app.url}/mine`)).status, 401)
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('is asked for once more when only the token was not taken', async () => {
    const browser = await loggedIn()
    let refused = 0
    app.forger.knobs.grants[GRANT] = () =>
      refused++ === 0
        ? invalidToken
        : { body: { access_token: 'second', token_type: 'Bearer', expires_in: 60 } }
    assert.equal((await browser.goto(`${app.url}/mine`)).body, 'second')
  })

  const cases: [what: string, mischief: Mischief, outcome: [number, string]][] = [
    ['it never answers', 'hang', [503, 'provider_unavailable']],
    ['it answers without end', 'slow', [503, 'provider_unavailable']],
    ['it hangs up', 'drop', [503, 'provider_unavailable']],
    ['it has an error of its own', 'error', [503, 'provider_unavailable']],
    ['it sends 60 MB', 'huge', [502, 'provider_response_invalid']],
    ['it sends a page', 'html', [502, 'provider_response_invalid']],
    ['it sends what is no JSON', 'garbage', [502, 'provider_response_invalid']],
    ['it sends the browser elsewhere', 'redirect', [502, 'provider_response_invalid']],
    ['it sends no token', { body: { token_type: 'Bearer' } }, [502, 'provider_response_invalid']],
    [
      'it sends one that is bound to a key',
      { body: { access_token: 'x', token_type: 'DPoP' } },
      [502, 'provider_response_invalid'],
    ],
    [
      'it sends one of no use',
      { body: { access_token: 'x', token_type: 'N_A' } },
      [502, 'provider_response_invalid'],
    ],
    [
      'it does not know the client',
      { status: 401, body: { error: 'unauthorized_client' } },
      [500, 'client_rejected'],
    ],
    [
      'it knows no exchange',
      { status: 400, body: { error: 'unsupported_grant_type' } },
      [500, 'provider_rejected'],
    ],
  ]
  for (const [what, mischief, outcome] of cases) {
    it(`when ${what} there is none, and the next try asks anew`, async () => {
      const browser = await loggedIn()
      app.forger.knobs.mischief.token = mischief
      const page = await browser.goto(`${app.url}/mine`)
      assert.deepEqual([page.status, lastCode(app)], outcome)
      app.forger.knobs.mischief = {}
      assert.match((await browser.goto(`${app.url}/mine`)).body, /^token/)
    })
  }
})
