import assert from 'node:assert/strict'
import type { RequestListener } from 'node:http'
import Koa from 'koa'
import { type DoctorOptions, doctor, type Report } from '../../src/doctor/index.js'
import { createKeycloak, type Keycloak } from '../../src/index.js'
import { startApp } from '../support/app/app.js'
import { type Served, serve } from '../support/app/serve.js'
import { type SmallKeycloak, startSmallKeycloak } from './small-keycloak.js'

const codes = ({ findings }: Report) => findings.map(({ code }) => code)

describe('The doctor, at the application’s own address', () => {
  let op: SmallKeycloak
  let served: Pick<Served, 'close' | 'url'> | undefined
  beforeEach(async () => {
    op = await startSmallKeycloak('http://localhost:9')
  })
  afterEach(async () => {
    await served?.close()
    served = undefined
    await op.close()
  })

  const create = (baseUrl?: string): Keycloak =>
    createKeycloak({ configuration: op.issuer, clientId: 'koa-app', clientSecret: 's3cret', baseUrl })

  function know(url: string): void {
    op.knobs.redirectUris = [`${url}/openid/auth`]
    op.knobs.postLogoutRedirectUris = [`${url}/`]
  }

  /** What is found where something else answers at the application's address. */
  async function found(answer: (url: string) => RequestListener): Promise<Report> {
    served = await serve(url => ({ callback: () => answer(url) }))
    know(served.url)
    return doctor(create(served.url))
  }

  it('finds nothing about an application that is up, and looks at all of it', async () => {
    const app = await startApp(
      { discoveryUrl: op.issuer, addClient: async () => {} },
      { clientId: 'koa-app', clientSecret: 's3cret' },
    )
    served = app
    know(app.url)
    const report = await doctor(app.keycloak, { baseUrl: app.url, app: app.app })
    assert.deepEqual(codes(report), ['app_keys_weak'])
    assert.deepEqual(
      report.unexamined.map(({ what }) => what),
      ['the client, as an administrator sees it'],
    )
  })

  it('finds that the application fails, whatever the cause', async () => {
    served = await serve(() => {
      const app = new Koa().use(create().routes()) // neither keys nor a session
      app.silent = true
      return app
    })
    know(served.url)
    const report = await doctor(create(served.url))
    assert.deepEqual(codes(report), ['login_route_fails', 'logout_request_refused'])
  })

  it('finds that the application is another client, or is mounted elsewhere', async () => {
    const app = await startApp(
      { discoveryUrl: op.issuer, addClient: async () => {} },
      { clientId: 'other', clientSecret: 's3cret' },
    )
    served = app
    know(app.url)
    assert.deepEqual(codes(await doctor(create(app.url))), ['own_client_wrong'])
    know(`${app.url}/shop`)
    assert.deepEqual(codes(await doctor(create(`${app.url}/shop`))), [
      'login_route_missing',
      'logout_request_refused',
    ])
  })

  const authorization = (redirectUri: string) =>
    `${op.issuer}/auth?${new URLSearchParams({ client_id: 'koa-app', redirect_uri: redirectUri })}`

  const answers: [what: string, code: string, location: (url: string) => string][] = [
    [
      'http where https is right',
      'own_address_wrong',
      url => authorization(`${url.replace('http:', 'https:')}/openid/auth`),
    ],
    ['another host', 'own_address_wrong', () => authorization('http://internal:2700/openid/auth')],
    ['another path', 'own_address_wrong', url => authorization(`${url}/shop/openid/auth`)],
    ['no address', 'own_address_wrong', () => authorization('nowhere')],
    ['a login wall', 'login_route_missing', () => 'https://wall.example/login'],
    ['a page of its own', 'login_route_missing', () => '/login'],
  ]
  for (const [what, code, location] of answers) {
    it(`finds what the login route leads to: ${what}`, async () => {
      const report = await found(url => (req, res) => {
        if (req.method === 'POST') return refuseLogoutToken(res)
        res.writeHead(302, { location: location(url) }).end()
      })
      assert.deepEqual(codes(report), [code])
      assert.doesNotMatch(JSON.stringify(report), /internal|wall/)
    })
  }

  for (const [what, status, body] of [
    ['nothing there', 404, 'Not Found'],
    ['a CSRF check', 403, 'invalid csrf token'],
    ['a login wall', 302, ''],
    ['another 400', 400, 'Bad Request'],
    ['a page for everything', 200, '<html></html>'],
  ] as const) {
    it(`finds what stands before the route for logout requests: ${what}`, async () => {
      const report = await found(url => (req, res) => {
        const location = authorization(`${url}/openid/auth`)
        if (req.method === 'GET') return void res.writeHead(302, { location }).end()
        res.writeHead(status, { location: 'https://wall.example/' }).end(body)
      })
      assert.deepEqual(codes(report), ['logout_request_refused'])
      assert.match(report.findings[0]?.seen ?? '', new RegExp(`answers with ${status}`))
    })
  }

  it('finds that Keycloak, elsewhere, is to send logout requests to a loopback address', async () => {
    const issuer = 'https://sso.example.com/realms/demo'
    op.knobs.metadata = { issuer }
    const keycloak = createKeycloak({
      configuration: op.issuer,
      issuer,
      clientId: 'koa-app',
      clientSecret: 's3cret',
      baseUrl: 'http://localhost:9',
    })
    const { findings } = await doctor(keycloak)
    assert.ok(findings.some(({ code }) => code === 'logout_request_address_local'))
  })

  it('finds http where it can be read on the way', async () => {
    know('http://app.example.com')
    op.knobs.metadata = { issuer: 'http://sso.example.com/realms/demo' }
    const keycloak = createKeycloak({
      configuration: op.issuer,
      issuer: 'http://sso.example.com/realms/demo',
      clientId: 'koa-app',
      clientSecret: 's3cret',
      baseUrl: 'http://app.invalid',
    })
    const found = codes(await doctor(keycloak))
    assert.deepEqual(
      found.filter(code => code.endsWith('insecure')),
      ['issuer_insecure', 'own_address_insecure'],
    )
  })

  const keys: [keys: unknown, code: string | undefined][] = [
    [undefined, 'app_keys_missing'],
    [[], 'app_keys_missing'],
    [['short'], 'app_keys_weak'],
    [['a secret to change'], 'app_keys_weak'],
    [['aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'], 'app_keys_weak'],
    [['0f1e2d3c4b5a69788796a5b4c3d2e1f0', ''], 'app_keys_weak'],
    [[42], 'app_keys_weak'],
    [['0f1e2d3c4b5a69788796a5b4c3d2e1f0'], undefined],
    [[Buffer.alloc(32, 'x')], undefined],
  ]
  for (const [given, code] of keys) {
    it(`says of app.keys = ${JSON.stringify(given)}: ${code ?? 'nothing'}`, async () => {
      know('http://localhost:9')
      const report = await doctor(create('http://localhost:9'), { app: { keys: given } } as DoctorOptions)
      assert.deepEqual(codes(report), code === undefined ? [] : [code])
      assert.doesNotMatch(JSON.stringify(report), /a secret to|0f1e2d/)
    })
  }

  it('can not look into a Keygrip', async () => {
    know('http://localhost:9')
    const { unexamined } = await doctor(create('http://localhost:9'), { app: { keys: { sign() {} } } })
    assert.ok(unexamined.some(({ what }) => what === 'app.keys'))
  })
})

function refuseLogoutToken(res: Parameters<RequestListener>[1]): void {
  res.writeHead(400, { 'content-type': 'application/json' }).end('{"error":"invalid_request"}')
}
