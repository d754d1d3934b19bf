import assert from 'node:assert/strict'
import Koa from 'koa'
import { createKeycloak, createProvider, resourceMetadata } from '../../../src/index.js'
import { useServed } from '../../support/app/serve.js'
import { useForger } from '../../support/forger/forger.js'

describe('An API that says how it is protected', () => {
  const forger = useForger()
  const resource = 'https://api.example.com/mcp'
  const address = 'https://api.example.com/.well-known/oauth-protected-resource/mcp'
  const path = '/.well-known/oauth-protected-resource/mcp'
  const api = useServed(() => {
    const keycloak = createKeycloak({ configuration: forger.discoveryUrl, clientId: 'api', resource })
    const either = keycloak.authenticate({ scopes: ['orders.write', 'orders.read'] })
    const orders = keycloak.bearer({ scopes: ['orders.read'] })
    const strong = keycloak.bearer({ acr: 'gold' })
    return new Koa({ keys: ['a key for tests'] })
      .use((ctx, next) => {
        ctx.session = {} // nobody logs in here
        return next()
      })
      .use(keycloak.resourceMetadata({ name: 'Orders', documentation: 'https://docs.example.com/' }))
      .use(keycloak.routes())
      .use((ctx, next) => {
        if (ctx.path === '/either') return either(ctx, next)
        return ctx.path === '/strong' ? strong(ctx, next) : orders(ctx, next)
      })
      .use(ctx => {
        ctx.body = 'orders'
      })
  })

  async function token(claims: Record<string, unknown> = {}): Promise<string> {
    const iat = Math.floor(Date.now() / 1000)
    const right = {
      iss: forger.issuer,
      sub: 'caller',
      aud: resource,
      scope: 'orders.read',
      typ: 'Bearer',
      iat,
      exp: iat + 60,
    }
    return forger.sign({ ...right, ...claims })
  }
  const ask = async (where: string, claims?: Record<string, unknown>) => {
    const headers: Record<string, string> = claims ? { authorization: `Bearer ${await token(claims)}` } : {}
    const answer = await fetch(api.url + where, { headers })
    return [answer.status, answer.headers.get('www-authenticate')]
  }

  it('names itself, its authorization server, and the scopes that its guards ask for', async () => {
    const answer = await fetch(api.url + path)
    assert.deepEqual(await answer.json(), {
      resource,
      authorization_servers: [forger.issuer],
      scopes_supported: ['orders.read', 'orders.write'],
      bearer_methods_supported: ['header'],
      resource_name: 'Orders',
      resource_documentation: 'https://docs.example.com/',
    })
    const { headers } = answer
    assert.deepEqual(
      ['access-control-allow-origin', 'cache-control', 'content-type'].map(name => headers.get(name)),
      ['*', 'public, max-age=300', 'application/json; charset=utf-8'],
    )
  })

  it('answers a browser that asks first, refuses to be written to, and is nowhere else', async () => {
    const asked = await fetch(api.url + path, { method: 'OPTIONS' })
    assert.deepEqual([asked.status, asked.headers.get('access-control-allow-headers')], [204, '*'])
    assert.equal((await fetch(api.url + path, { method: 'HEAD' })).status, 200)
    const written = await fetch(api.url + path, { method: 'POST' })
    assert.deepEqual([written.status, written.headers.get('allow')], [405, 'GET, HEAD, OPTIONS'])
    for (const other of ['/.well-known/oauth-protected-resource', `${path}/`, `/x${path}`]) {
      assert.equal((await fetch(api.url + other)).status, 401, other)
    }
  })

  it('is named in every challenge, with the scopes that a request without a token needs', async () => {
    const metadata = `resource_metadata="${address}"`
    assert.deepEqual(await ask('/'), [401, `Bearer scope="orders.read", ${metadata}`])
    assert.deepEqual(await ask('/', {}), [200, null])
    assert.deepEqual(await ask('/', { aud: 'other' }), [401, `Bearer error="invalid_token", ${metadata}`])
    assert.deepEqual(await ask('/', { scope: 'x' }), [
      403,
      `Bearer error="insufficient_scope", scope="orders.read", ${metadata}`,
    ])
    assert.deepEqual(await ask('/strong', {}), [
      401,
      `Bearer error="insufficient_user_authentication", acr_values="gold", ${metadata}`,
    ])
    assert.deepEqual(await ask('/either'), [
      401,
      `Bearer scope="orders.write orders.read", ${metadata}, Cookie realm="keycloak"`,
    ])
  })

  it('wants tokens that name it, unless an audience is asked for', async () => {
    const { verifyToken } = createKeycloak({
      configuration: forger.discoveryUrl,
      clientId: 'api',
      resource,
      audience: 'api',
    })
    await assert.rejects(verifyToken(await token()), { code: 'token_invalid' })
    assert.equal((await verifyToken(await token({ aud: ['api', 'x'] }))).sub, 'caller')
  })

  it('needs the option that it speaks of', () => {
    const provider = createProvider({ configuration: forger.discoveryUrl, clientId: 'api' })
    assert.throws(() => resourceMetadata(provider), { code: 'invalid_options', message: /option resource/ })
  })

  it('has its metadata before the path of its address, and at the root without one', async () => {
    for (const [own, where] of [
      ['https://api.example.com', '/.well-known/oauth-protected-resource'],
      ['https://api.example.com/', '/.well-known/oauth-protected-resource'],
      ['http://localhost:3000/a/b/', '/.well-known/oauth-protected-resource/a/b/'],
    ] as const) {
      const provider = createProvider({ configuration: forger.discoveryUrl, clientId: 'api', resource: own })
      let isAnswered = true
      const ctx = { path: where, method: 'OPTIONS', set: () => {} }
      await resourceMetadata(provider)(ctx as never, async () => {
        isAnswered = false
      })
      assert.ok(isAnswered, own)
    }
  })
})
