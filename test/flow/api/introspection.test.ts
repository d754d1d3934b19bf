import assert from 'node:assert/strict'
import Koa from 'koa'
import { createKeycloak } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { useServed } from '../../support/app/serve.js'
import { fakeClock } from '../../support/clock.js'
import { type Mischief, useForger } from '../../support/forger/forger.js'

describe('Tokens that say nothing themselves', () => {
  const clock = fakeClock()
  const forger = useForger({ now: clock.now })
  const told = useEvents('bearer.refused')
  let keycloak: ReturnType<typeof createKeycloak>
  let count = 0
  const errors: { code?: string }[] = []
  const api = useServed(() => {
    keycloak = createKeycloak({
      configuration: forger.discoveryUrl,
      clientId: 'app',
      clientSecret: 's3cret',
      audience: 'api',
      timeout: 1,
      now: clock.now,
    })
    const app = new Koa()
    const [asks, ends, own] = [
      keycloak.bearer({ introspect: true, scopes: ['orders'] }),
      keycloak.bearer({ introspect: true, revocable: true }),
      keycloak.bearer({ introspect: true, audience: 'other' }),
    ]
    app.on('error', error => errors.push(error))
    app.use((ctx, next) => (ctx.path === '/ends' ? ends : ctx.path === '/other' ? own : asks)(ctx, next))
    app.use(keycloak.requireRole('clerk')).use(ctx => {
      ctx.body = ctx.state.keycloak.bearer.sub
    })
    return app
  })
  beforeEach(() => {
    forger.reset()
    errors.length = 0
    says({})
  })

  const right = () => ({
    active: true,
    iss: forger.issuer,
    sub: 'caller',
    sid: 'session',
    aud: ['api', 'account'],
    typ: 'Bearer',
    scope: 'openid orders',
    realm_access: { roles: ['clerk'] },
    iat: Math.floor(clock.now()),
    exp: Math.floor(clock.now()) + 300,
  })
  function says(more: Record<string, unknown>): void {
    forger.knobs.introspection = () => ({ ...right(), ...more })
  }
  const newToken = () => `opaque-${++count}`
  const ask = (token: string, path = '/') =>
    fetch(api.url + path, { headers: { authorization: `Bearer ${token}` } })
  const statusOf = async (token: string, path?: string) => (await ask(token, path)).status

  it('are asked about at the provider, by this client, and have roles and scopes by its answer', async () => {
    const answer = await ask('opaque-token')
    assert.deepEqual([answer.status, await answer.text()], [200, 'caller'])
    const { headers, form } = forger.last('introspection')
    assert.match(headers.authorization ?? '', /^Basic /)
    assert.deepEqual([form.get('token'), form.get('token_type_hint')], ['opaque-token', 'access_token'])
    says({ scope: 'openid' })
    assert.equal(await statusOf(newToken()), 403)
    says({ realm_access: undefined })
    assert.equal(await statusOf(newToken()), 403)
  })

  it('are asked about once, however many requests bring one, and again after half a minute', async () => {
    const token = newToken()
    await Promise.all(Array.from({ length: 10 }, () => ask(token)))
    clock.advance(29)
    assert.deepEqual([await statusOf(token), forger.counts.introspection], [200, 1])
    clock.advance(2)
    says({ active: false })
    assert.deepEqual([await statusOf(token), forger.counts.introspection], [401, 2])
  })

  it('are not asked about for five seconds when they were good for nothing', async () => {
    const token = newToken()
    says({ active: false })
    for (let i = 0; i < 3; i++) assert.equal(await statusOf(token), 401)
    assert.equal(forger.counts.introspection, 1)
    clock.advance(6)
    assert.equal(await statusOf(token), 401)
    assert.equal(forger.counts.introspection, 2)
  })

  it('are good no longer than they say', async () => {
    const token = newToken()
    says({ exp: Math.floor(clock.now()) + 5 })
    assert.equal(await statusOf(token), 200)
    clock.advance(6)
    says({ active: false })
    assert.equal(await statusOf(token), 401)
  })

  it('end with their login at once, where that is asked for', async () => {
    const token = newToken()
    assert.equal(await statusOf(token, '/ends'), 200)
    await keycloak.endLogins({ sid: 'session' })
    assert.equal(await statusOf(token, '/ends'), 401)
    assert.equal(forger.counts.introspection, 1)
  })

  it('are for one audience, and none that was kept for another', async () => {
    const token = newToken()
    assert.equal(await statusOf(token), 200)
    assert.equal(await statusOf(token, '/other'), 401)
  })

  const bad: [what: string, more: () => Record<string, unknown>][] = [
    ['are not active', () => ({ active: false })],
    ['are of another issuer', () => ({ iss: 'https://elsewhere.example' })],
    ['are for somebody else', () => ({ aud: 'other' })],
    ['are for nobody', () => ({ aud: undefined })],
    ['are refresh tokens', () => ({ typ: 'Refresh', token_type: 'Bearer' })],
    ['are ID tokens', () => ({ typ: 'ID' })],
    ['do not say what they are', () => ({ typ: undefined })],
    ['have expired', () => ({ exp: Math.floor(clock.now()) - 60 })],
    ['have an end that is none', () => ({ exp: 'never' })],
    ['are not good yet', () => ({ nbf: Math.floor(clock.now()) + 60 })],
    ['are bound to a key', () => ({ cnf: { jkt: 'x' } })],
  ]
  for (const [what, more] of bad) {
    it(`are refused when they ${what}`, async () => {
      says(more())
      const answer = await ask(newToken())
      assert.deepEqual(
        [answer.status, answer.headers.get('www-authenticate')],
        [401, 'Bearer error="invalid_token"'],
      )
      assert.deepEqual(
        told.map(([, { code }]) => code),
        ['token_invalid'],
      )
    })
  }

  it('may have their kind in token_type, and no issuer', async () => {
    says({ typ: undefined, token_type: 'bearer', iss: undefined })
    assert.equal(await statusOf(newToken()), 200)
  })

  const cases: [what: string, mischief: Mischief, outcome: [number, string]][] = [
    ['never answers', 'hang', [503, 'provider_unavailable']],
    ['answers without end', 'slow', [503, 'provider_unavailable']],
    ['hangs up', 'drop', [503, 'provider_unavailable']],
    ['has an error of its own', 'error', [503, 'provider_unavailable']],
    ['sends 60 MB', 'huge', [502, 'provider_response_invalid']],
    ['sends a page', 'html', [502, 'provider_response_invalid']],
    ['sends what is no JSON', 'garbage', [502, 'provider_response_invalid']],
    ['sends the browser elsewhere', 'redirect', [502, 'provider_response_invalid']],
    ['says by a text that they are active', { body: { active: 'true' } }, [502, 'provider_response_invalid']],
    ['does not say whether they are', { body: {} }, [502, 'provider_response_invalid']],
    ['says null', { body: 'null' }, [502, 'provider_response_invalid']],
    [
      'does not know this client',
      { status: 401, body: { error: 'invalid_client' } },
      [500, 'client_rejected'],
    ],
    ['wants nothing of it', { status: 400, body: { error: 'invalid_request' } }, [500, 'provider_rejected']],
  ]
  for (const [what, mischief, outcome] of cases) {
    it(`are neither good nor bad while the provider ${what}`, async () => {
      forger.knobs.mischief.introspection = mischief
      const token = newToken()
      assert.deepEqual([await statusOf(token), errors.at(-1)?.code], outcome)
      forger.knobs.mischief = {}
      assert.equal(await statusOf(token), 200)
    })
  }
})
