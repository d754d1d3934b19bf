import assert from 'node:assert/strict'
import { useForgedApp } from '../support/app/forged-app.js'
import { UserAgent } from '../support/browser/user-agent.js'
import type { Signing } from '../support/forger/forger.js'

describe('An API behind bearer()', () => {
  const app = useForgedApp({
    extend: (_app, router, keycloak) => {
      const show = (ctx: { state: Record<string, { bearer?: unknown }>; body: unknown }) => {
        ctx.body = ctx.state.keycloak?.bearer
      }
      router.get('/api', keycloak.bearer({ audience: 'api' }), show)
      router.get('/own', keycloak.bearer(), show)
      router.get('/orders', keycloak.bearer({ audience: 'api', scopes: ['orders', 'read'] }), show)
      router.get('/admin-api', keycloak.bearer({ audience: 'api' }), keycloak.requireRole('admin'), show)
    },
  })
  beforeEach(() => app.forger.reset())

  const now = () => Math.floor(Date.now() / 1000)
  const token = (claims: Record<string, unknown> = {}, signing: Signing = {}) => {
    const times = { iat: now(), exp: now() + 300 }
    const right = { iss: app.forger.issuer, sub: 'user-1', azp: 'spa', aud: 'api', typ: 'Bearer', ...times }
    return app.forger.sign({ ...right, ...claims }, signing)
  }
  const call = (path: string, authorization?: string) =>
    fetch(`${app.url}${path}`, { headers: authorization === undefined ? {} : { authorization } })
  const status = async (path: string, claims = {}) =>
    (await call(path, `Bearer ${await token(claims)}`)).status

  it('10.3.1 takes only tokens that name it as their audience', async () => {
    assert.equal(await status('/api'), 200)
    assert.equal(await status('/api', { aud: ['account', 'api'] }), 200)
    for (const aud of ['account', ['account'], undefined, 'API', 'api ', ['a', 'pi'], { api: true }]) {
      assert.equal(await status('/api', { aud }), 401, JSON.stringify(aud))
    }
    // Being asked for by this very client is not being for this API.
    assert.equal(await status('/api', { aud: 'account', azp: 'app' }), 401)
  })

  it('10.3.1 without an audience takes only tokens of its own client', async () => {
    assert.equal(await status('/own', { aud: 'account', azp: 'app' }), 200)
    assert.equal(await status('/own', { aud: 'app', azp: 'spa' }), 200)
    assert.equal(await status('/own', { aud: 'account', azp: 'spa' }), 401)
    assert.equal(await status('/own', { aud: 'account', azp: undefined, client_id: 'spa' }), 401)
    // What says that it is somebody else's is not made ours by another claim.
    assert.equal(await status('/own', { aud: 'account', azp: 'spa', client_id: 'app' }), 401)
  })

  it('10.3.2 takes only tokens that were given every scope that is asked for', async () => {
    assert.equal(await status('/orders', { scope: 'openid orders read' }), 200)
    for (const scope of ['orders', 'read', 'orders:read', 'ordersread', '', undefined, ['orders', 'read']]) {
      const response = await call('/orders', `Bearer ${await token({ scope })}`)
      assert.equal(response.status, 403, JSON.stringify(scope))
      assert.match(response.headers.get('www-authenticate') ?? '', /error="insufficient_scope"/)
    }
  })

  it('10.3.2 takes roles from the token of the request, not from the session beside it', async () => {
    const browser = new UserAgent()
    app.forger.knobs.accessToken = { claims: { realm_access: { roles: ['admin'] } } }
    await browser.goto(`${app.url}/private`)
    assert.equal((await browser.goto(`${app.url}/admin`)).status, 200)
    const asUser = { authorization: `Bearer ${await token({ realm_access: { roles: ['user'] } })}` }
    assert.equal((await browser.fetch(`${app.url}/admin-api`, { headers: asUser })).status, 403)
    assert.equal(await status('/admin-api', { realm_access: { roles: ['admin'] } }), 200)
  })

  it('10.3.3 tells who it is by iss and sub, of the token and of nothing else', async () => {
    const response = await call(
      '/api',
      `Bearer ${await token({ sub: 'user-7', preferred_username: 'admin' })}`,
    )
    const { iss, sub } = (await response.json()) as Record<string, unknown>
    assert.deepEqual({ iss, sub }, { iss: app.forger.issuer, sub: 'user-7' })
    assert.equal(await status('/api', { iss: 'https://other.example/realms/forged' }), 401)
  })

  it('10.3.4 hands on how and when the user logged in, for the application to ask more', async () => {
    const response = await call('/api', `Bearer ${await token({ acr: 'gold', auth_time: 7 })}`)
    const { acr, auth_time } = (await response.json()) as Record<string, unknown>
    assert.deepEqual([acr, auth_time], ['gold', 7])
  })

  it('10.3.5 refuses a token that is bound to a key, when it comes as if it were not', async () => {
    for (const cnf of [{ jkt: 'x' }, { 'x5t#S256': 'x' }, {}, 'x', null]) {
      assert.equal(await status('/api', { cnf }), 401, JSON.stringify(cnf))
      assert.equal(await status('/api', { typ: 'DPoP', cnf }), 401, JSON.stringify(cnf))
    }
    assert.equal((await call('/api', `DPoP ${await token()}`)).status, 401)
  })

  it('says in the challenge what is wrong, and no more than that', async () => {
    const challenge = async (authorization?: string) => {
      const response = await call('/api', authorization)
      assert.equal(response.status, 401)
      assert.equal(response.headers.get('cache-control'), 'no-store')
      return response.headers.get('www-authenticate')
    }
    assert.equal(await challenge(), 'Bearer')
    assert.equal(await challenge('Basic YTpi'), 'Bearer')
    assert.equal(await challenge('Bearer'), 'Bearer')
    assert.equal(await challenge('Bearer a b'), 'Bearer')
    assert.equal(await challenge('Bearer x'), 'Bearer error="invalid_token"')
    assert.equal(await challenge(`Bearer ${await token({ aud: 'x' })}`), 'Bearer error="invalid_token"')
  })

  it('looks for the token in the header only (RFC 9700, section 4.3.2)', async () => {
    const jwt = await token()
    assert.equal((await call(`/api?access_token=${jwt}`)).status, 401)
    const cookie = { cookie: `access_token=${jwt}` }
    assert.equal((await fetch(`${app.url}/api`, { headers: cookie })).status, 401)
  })

  it('does not take a session for a token', async () => {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    assert.equal((await browser.fetch(`${app.url}/api`)).status, 401)
  })
})
