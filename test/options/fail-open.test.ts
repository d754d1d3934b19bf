import assert from 'node:assert/strict'
import Router from '@koa/router'
import Koa from 'koa'
import * as surface from '../../src/index.js'
import {
  afterLogin,
  afterLogoutRequest,
  authenticate,
  bearer,
  clientToken,
  createKeycloak,
  createProvider,
  discovery,
  endLogins,
  KeycloakError,
  loadLogin,
  login,
  logout,
  memoryStore,
  noStore,
  proxyApi,
  redisStore,
  requireLogin,
  requireOrganization,
  requirePermission,
  requireRole,
  sameOrigin,
  whoAmI,
} from '../../src/index.js'
import { serve } from '../support/app/serve.js'

const least = { configuration: 'https://id.example.com/realms/main', clientId: 'app' }
const provider = createProvider(least)
const keycloak = createKeycloak(least)

/** As plain JavaScript calls it: what types would say does not matter at run time. */
// biome-ignore lint/suspicious/noExplicitAny: what is called wrongly has no type
type Js = any

/** The error that a call ends in, thrown or rejected with; none is a failure. */
async function refusal(call: () => unknown): Promise<KeycloakError> {
  try {
    await call()
  } catch (error) {
    assert.ok(error instanceof KeycloakError, `${error}`)
    assert.equal(error.code, 'invalid_options')
    return error
  }
  return assert.fail('it was taken')
}

/** What a slip of the pen is answered with: the call, what was given, and what was probably meant. */
const slips: [call: string, slip: () => unknown, ...says: RegExp[]][] = [
  [
    'requireLogin({ arc })',
    () => requireLogin(provider, { arc: 'gold' } as Js),
    /no option arc/,
    /mean acr\?/,
  ],
  ['requireLogin({ maxage })', () => requireLogin(provider, { maxage: 60 } as Js), /mean maxAge\?/],
  [
    "requireLogin({ maxAge: '300' })",
    () => requireLogin(provider, { maxAge: '300' } as Js),
    /maxAge has to be a number of seconds/,
    /is a string/,
    /without quotes/,
  ],
  [
    "requireLogin({ acr: '' })",
    () => requireLogin(provider, { acr: '' }),
    /acr has to be/,
    /an empty string/,
  ],
  ['requireLogin({ acr: [] })', () => requireLogin(provider, { acr: [] }), /acr has to be/, /an empty array/],
  [
    'requireLogin({ acr: undefined })',
    () => requireLogin(provider, { acr: undefined } as Js),
    /acr is there, but undefined/,
  ],
  ["requireLogin({ acr: 'a b' })", () => requireLogin(provider, { acr: 'a b' }), /a string with blanks/],
  ["requireLogin('admin')", () => requireLogin(provider, 'admin' as Js), /given a string/],
  ['requireLogin(null)', () => requireLogin(provider, null as Js), /given null/],
  [
    'requireLogin({ maxAge }) in milliseconds',
    () => requireLogin(provider, { maxAge: 36e6 }),
    /seconds are meant, not milliseconds/,
  ],
  [
    'requireLogin() with options of a class',
    () =>
      requireLogin(
        provider,
        new (class {
          get acr() {
            return 'gold'
          }
        })(),
      ),
    /given an object/,
  ],
  [
    'bearer({ scope })',
    () => bearer(provider, { scope: ['orders'] } as Js),
    /no option scope/,
    /mean scopes\?/,
  ],
  ["bearer({ scopes: 'orders' })", () => bearer(provider, { scopes: 'orders' } as Js), /even one .* array/],
  [
    'bearer({ scopes: [undefined] })',
    () => bearer(provider, { scopes: [undefined] } as Js),
    /undefined in it/,
  ],
  ['bearer({ scopes: undefined })', () => bearer(provider, { scopes: undefined } as Js), /but undefined/],
  ['bearer({ scopes: [] })', () => bearer(provider, { scopes: [] }), /an empty array/],
  ["bearer({ revocable: 'true' })", () => bearer(provider, { revocable: 'true' } as Js), /without quotes/],
  [
    'bearer({ revocable: undefined })',
    () => bearer(provider, { revocable: undefined } as Js),
    /revocable is there, but undefined/,
  ],
  ['bearer({ audiance })', () => bearer(provider, { audiance: 'api' } as Js), /mean audience\?/],
  ['bearer({ algorithms })', () => bearer(provider, { algorithms: ['HS256'] } as Js), /algorithms has to be/],
  [
    'requireRole({ client: undefined, role })',
    () => requireRole(provider, { client: undefined, role: 'admin' } as Js),
    /a role has to be/,
    /no string/,
  ],
  ["requireRole(['admin'])", () => requireRole(provider, ['admin'] as Js), /an array/, /one by one/],
  ["requireRole({ role: 'x' })", () => requireRole(provider, { role: 'x' } as Js), /\{ client, role \}/],
  [
    'requireRole({ client, role, realm })',
    () => requireRole(provider, { client: 'a', role: 'b', realm: true } as Js),
    /exactly these two/,
  ],
  ['requireRole()', () => (requireRole as Js)(provider), /needs a role/],
  [
    'requireRole({ all: [] })',
    () => requireRole(provider, { all: [] } as Js),
    /a role has to be/,
    /empty array/,
  ],
  [
    'requireRole({ all: [undefined] })',
    () => requireRole(provider, { all: ['a', undefined] } as Js),
    /undefined in it/,
  ],
  ["requireRole({ all: 'a' })", () => requireRole(provider, { all: 'a' } as Js), /even one .* array/],
  [
    "requireRole({ all: ['a'], any: ['b'] })",
    () => requireRole(provider, { all: ['a'], any: ['b'] } as Js),
    /a role has to be/,
  ],
  [
    'requireRole({ group: undefined })',
    () => requireRole(provider, { group: undefined } as Js),
    /a role has/,
  ],
  ["requireRole({ groups: '/a' })", () => requireRole(provider, { groups: '/a' } as Js), /a role has to be/],
  [
    'requireLogin({ when: undefined })',
    () => requireLogin(provider, { when: undefined } as Js),
    /but undefined/,
  ],
  [
    'requireLogin({ when: true })',
    () => requireLogin(provider, { when: true } as Js),
    /when has to be a function/,
  ],
  [
    'bearer({ acr: undefined })',
    () => bearer(provider, { acr: undefined } as Js),
    /acr is there, but undefined/,
  ],
  ['bearer({ maxAge: 0 })', () => bearer(provider, { maxAge: 0 }), /maxAge has to be/],
  ['requirePermission()', () => (requirePermission as Js)(provider), /a permission has to be/, /undefined/],
  ['requirePermission([])', () => requirePermission(provider, []), /an empty array/],
  ['requirePermission([undefined])', () => requirePermission(provider, [undefined] as Js), /undefined in it/],
  ["requirePermission('')", () => requirePermission(provider, ''), /an empty string/],
  ["requirePermission('#view')", () => requirePermission(provider, '#view'), /a permission has to be/],
  ["requirePermission('a#b#c')", () => requirePermission(provider, 'a#b#c'), /a permission has to be/],
  ["requirePermission('a#')", () => requirePermission(provider, 'a#'), /a permission has to be/],
  ["requirePermission('a#b,')", () => requirePermission(provider, 'a#b,'), /a permission has to be/],
  [
    'requirePermission({ resource, scopes: [] })',
    () => requirePermission(provider, { resource: 'a', scopes: [] }),
    /a permission has to be/,
  ],
  [
    'requirePermission({ resource, scopes: undefined })',
    () => requirePermission(provider, { resource: 'a', scopes: undefined } as Js),
    /a permission has to be/,
  ],
  [
    'requirePermission({ resource, scope })',
    () => requirePermission(provider, { resource: 'a', scope: ['b'] } as Js),
    /a permission has to be/,
  ],
  [
    'requirePermission({ uri }) without a slash',
    () => requirePermission(provider, { uri: 'orders' }),
    /a permission has to be/,
  ],
  [
    'requirePermission(…, { audience: undefined })',
    () => requirePermission(provider, 'a#b', { audience: undefined } as Js),
    /but undefined/,
  ],
  [
    'requirePermission(…, { cacheFor }) in milliseconds',
    () => requirePermission(provider, 'a#b', { cacheFor: 30_000 }),
    /not milliseconds/,
  ],
  [
    'requirePermission(…, { claims: { a: null } })',
    () => requirePermission(provider, 'a#b', { claims: { a: null } } as Js),
    /claims has to be/,
  ],
  [
    'requireOrganization(undefined)',
    () => requireOrganization(provider, undefined as Js),
    /the organization has to be/,
    /is undefined/,
  ],
  ["requireOrganization('a b')", () => requireOrganization(provider, 'a b'), /the organization has to be/],
  ["requireOrganization('a*')", () => requireOrganization(provider, 'a*'), /the organization has to be/],
  [
    'login({ organization: undefined })',
    () => login(provider, { organization: undefined } as Js),
    /undefined/,
  ],
  ['proxyApi()', () => proxyApi(provider, undefined as Js), /takes its options/],
  ['proxyApi({ path })', () => proxyApi(provider, { path: '/api' } as Js), /target/],
  ["path '/api/'", () => proxyApi(provider, { path: '/api/', target: 'http://api' }), /path has to be/],
  ["path '/a/../b'", () => proxyApi(provider, { path: '/a/../b', target: 'http://api' }), /path has to be/],
  ["target 'api:80'", () => proxyApi(provider, { path: '/api', target: 'api:80' }), /target has to be/],
  [
    'target with a query',
    () => proxyApi(provider, { path: '/api', target: 'http://api/?x' }),
    /without query/,
  ],
  [
    'proxyApi({ audience: undefined })',
    () => proxyApi(provider, { path: '/api', target: 'http://api', audience: undefined } as Js),
    /undefined/,
  ],
  ["whoAmI({ claims: 'sub' })", () => whoAmI(provider, { claims: 'sub' } as Js), /belongs into an array/],
  ['bearer({ dpop: true })', () => bearer(provider, { dpop: true } as Js), /one of refuse, accept, require/],
  ['bearer({ dpop: undefined })', () => bearer(provider, { dpop: undefined } as Js), /undefined/],
  ['authenticate({ scope })', () => authenticate(provider, { scope: ['a'] } as Js), /mean scopes\?/],
  [
    "sameOrigin({ methods: 'POST' })",
    () => sameOrigin(provider, { methods: 'POST' } as Js),
    /one of unsafe, all/,
  ],
  ["verifyToken(jwt, 'api')", () => keycloak.verifyToken('a.b.c', 'api' as Js), /given a string/],
  [
    'verifyToken(jwt, { aud })',
    () => keycloak.verifyToken('a.b.c', { aud: 'api' } as Js),
    /verifyToken\(\): there is no option aud\. There are audience, algorithms\./,
  ],
  [
    'endLogins({ username })',
    () => keycloak.endLogins({ username: 'alice' } as Js),
    /no option username/,
    /are sid, sub, id/,
  ],
  ['endLogins({})', () => keycloak.endLogins({} as Js), /one of sid, sub and id/],
  ['endLogins({ sid, sub })', () => keycloak.endLogins({ sid: 'a', sub: 'b' }), /one of sid, sub and id/],
  [
    'endLogins({ sub: undefined })',
    () => keycloak.endLogins({ sub: undefined } as Js),
    /sub is there, but undefined/,
  ],
  ["endLogins({ sub: '' })", () => keycloak.endLogins({ sub: '' }), /sub has to be/],
  ["endLogins('alice')", () => keycloak.endLogins('alice' as Js), /given a string/],
  ['endLogins(provider, { sub })', () => (endLogins as Js)(provider, { sub: 'alice' }), /nothing else/],
  ["logins('alice')", () => keycloak.logins('alice' as Js), /given a string/],
  ['logins({})', () => keycloak.logins({} as Js), /sub is missing/],
  ['logins({ sid })', () => keycloak.logins({ sid: 'a' } as Js), /no option sid/],
  [
    "loginUrl('/x')",
    () => keycloak.loginUrl('/x' as Js),
    /loginUrl\(\) takes its options as an object.*given a string/,
  ],
  ['loginUrl({ returnto })', () => keycloak.loginUrl({ returnto: '/x' }), /mean returnTo\?/],
  [
    'loginUrl({ returnTo: [] })',
    () => keycloak.loginUrl({ returnTo: ['/x'] } as Js),
    /returnTo has to be a string/,
  ],
  [
    'loginUrl() with a parameter that no link may set',
    () => keycloak.loginUrl({ login_hint: 'a' }),
    /no option login_hint/,
  ],
  ['logoutUrl({ redirectURI })', () => keycloak.logoutUrl({ redirectURI: '/x' } as Js), /mean redirectUri\?/],
  [
    "login({ queryParams: ['client_id', 'request_uri'] })",
    () => login(provider, { queryParams: ['client_id', 'request_uri'] }),
    /queryParams has to be/,
    /reserved name/,
  ],
  [
    'login({ authorizationParams })',
    () => login(provider, { authorizationParams: { state: 'x' } }),
    /authorizationParams/,
  ],
  ["login({ scopes: ['profile'] })", () => login(provider, { scopes: ['profile'] }), /with openid in it/],
  [
    "login({ scopes: ['openid profile'] })",
    () => login(provider, { scopes: ['openid profile'] }),
    /scopes has to be/,
  ],
  ['login({ returnTo })', () => login(provider, { returnTo: '//evil.example' }), /leads to another host/],
  ['logout({ redirectUri })', () => logout(provider, { redirectUri: 'bye' }), /begins with one \//],
  ['logout({ redirectURI })', () => logout(provider, { redirectURI: '/bye' } as Js), /mean redirectUri\?/],
  [
    'discovery(provider, { optional })',
    () => (discovery as Js)(provider, { optional: true }),
    /nothing else/,
  ],
  ['loadLogin(provider, { renew })', () => (loadLogin as Js)(provider, { renew: 'lazy' }), /nothing else/],
  [
    "clientToken({ scopes: 'a' })",
    () => clientToken(provider, { scopes: 'a' } as Js),
    /scopes has to be an array/,
  ],
  ['clientToken({ scope })', () => clientToken(provider, { scope: ['a'] } as Js), /mean scopes\?/],
  [
    'accessToken()',
    () => keycloak.accessToken(undefined as Js),
    /accessToken\(\): ctx has to be the context/,
  ],
  ['userInfo(jwt)', () => keycloak.userInfo('a.b.c' as Js), /KeycloakAuthToken, but is a string/],
  [
    'afterLogin(provider)',
    () => (afterLogin as Js)(provider),
    /the hook has to be a function, but is undefined/,
  ],
  [
    'afterLogoutRequest(provider, {})',
    () => afterLogoutRequest(provider, {} as Js),
    /the hook has to be a function/,
  ],
  ["memoryStore({ maxEntries: '10' })", () => memoryStore({ maxEntries: '10' } as Js), /without quotes/],
  ['memoryStore({ maxentries })', () => memoryStore({ maxentries: 10 } as Js), /mean maxEntries\?/],
  [
    'memoryStore({ maxEntries: NaN })',
    () => memoryStore({ maxEntries: Number.NaN }),
    /maxEntries has to be a whole/,
  ],
  ["redisStore('redis://localhost')", () => redisStore('redis://localhost' as Js), /a client is meant/],
  ['redisStore()', () => (redisStore as Js)(), /the client has to be .* but is undefined/],
  ['redisStore(promise)', () => redisStore(Promise.resolve() as Js), /a promise, which has to be awaited/],
  ['createKeycloak()', () => (createKeycloak as Js)(), /takes its options as an object.*given undefined/],
  ['createProvider()', () => (createProvider as Js)(), /takes its options as an object.*given undefined/],
  [
    'createKeycloak({ client_id })',
    () => createKeycloak({ ...least, client_id: 'app' } as Js),
    /mean clientId\?/,
  ],
  [
    'createKeycloak({ afterLogIn })',
    () => createKeycloak({ ...least, afterLogIn: () => 0 } as Js),
    /mean afterLogin\?/,
  ],
  [
    'createKeycloak({ afterLogin: true })',
    () => createKeycloak({ ...least, afterLogin: true } as Js),
    /a function/,
  ],
  [
    'createKeycloak({ routes: { signin } })',
    () => createKeycloak({ ...least, routes: { signin: '/x' } } as Js),
    /routes: there is no option signin/,
  ],
  [
    'timeout: 5000',
    () => createKeycloak({ ...least, timeout: 5000 }),
    /timeout .*seconds are meant, not milliseconds/,
  ],
  ['storeTimeout: 1000', () => createKeycloak({ ...least, storeTimeout: 1000 }), /not milliseconds/],
  [
    'maxAge: 36e6',
    () => createKeycloak({ ...least, maxAge: 36e6 }),
    /maxAge .*seconds are meant, not milliseconds/,
  ],
  ['keysMaxAge: 3600e3', () => createKeycloak({ ...least, keysMaxAge: 3_600_000 }), /not milliseconds/],
  [
    'configurationMaxAge: 3600e3',
    () => createKeycloak({ ...least, configurationMaxAge: 3_600_000 }),
    /not milliseconds/,
  ],
  ['clockTolerance: 10000', () => createKeycloak({ ...least, clockTolerance: 10_000 }), /not milliseconds/],
  ...['https://id.example.com/realms/main\n', ' https://id.example.com/realms/main', '/etc/oidc.json\n'].map(
    (configuration): (typeof slips)[number] => [
      `configuration: ${JSON.stringify(configuration)}`,
      () => createKeycloak({ ...least, configuration }),
      /configuration .*with blanks or line breaks/,
    ],
  ),
  ...['secret\n', ' secret', 'sec\nret', '\ufeffsecret', 'secret\u00a0'].map(
    (clientSecret): (typeof slips)[number] => [
      `clientSecret: ${JSON.stringify(clientSecret)}`,
      () => createKeycloak({ ...least, clientSecret }),
      /clientSecret .*with blanks or line breaks/,
    ],
  ),
  ["clientId: 'app\\n'", () => createKeycloak({ ...least, clientId: 'app\n' }), /clientId .*line breaks/],
  ...['configuration', 'issuer', 'baseUrl'].map((option): (typeof slips)[number] => [
    `user:password@ in ${option}`,
    () => createKeycloak({ ...least, [option]: 'https://user:password@id.example.com/realms/main' }),
    new RegExp(`${option} .*a user or a password in it`),
  ]),
  [
    'user:password@ in allowedOrigins',
    () => createKeycloak({ ...least, allowedOrigins: ['https://user:password@www.example.com'] }),
    /a user or a password in it/,
  ],
  [
    'configuration: URL',
    () => createKeycloak({ ...least, configuration: new URL(least.configuration) } as Js),
    /its href is meant/,
  ],
  [
    'configuration: promise',
    () => createKeycloak({ ...least, configuration: Promise.resolve({}) } as Js),
    /has to be awaited/,
  ],
  [
    'store: promise',
    () => createKeycloak({ ...least, store: Promise.resolve(memoryStore()) } as Js),
    /has to be awaited/,
  ],
]

describe('Options that would fail open', () => {
  for (const [call, slip, ...says] of slips) {
    it(`${call} is refused at the call, in words`, async () => {
      const { message } = await refusal(slip)
      for (const words of says) assert.match(message, words)
    })
  }

  it('are not shown in the refusal, by value or by a name that nobody types', async () => {
    for (const options of [
      { clientSecret: ['hunter2'] },
      { clientSecret: ' hunter2' },
      { configuration: 'https://hunter2:hunter2@id.example.com/realms/x' },
      { 'hunter2 and more': true },
      { authorizationParams: { state: 'hunter2' } },
    ]) {
      const { message } = await refusal(() => createKeycloak({ ...least, ...options } as Js))
      assert.doesNotMatch(message, /hunter2/)
    }
  })
})

/** What the package exports and takes no provider: everything else does, first of all. */
const WITHOUT_PROVIDER = [
  'createKeycloak',
  'createProvider',
  'decodeToken',
  'memoryStore',
  'noStore',
  'redisStore',
]

type Call = (...given: unknown[]) => unknown
const isClass = (value: unknown) => /^class\b/.test(String(value))
const calls = Object.entries(surface).filter(([, value]) => typeof value === 'function' && !isClass(value))
const verbs = calls.filter(([name]) => !WITHOUT_PROVIDER.includes(name)) as [string, Call][]
const members = Object.entries(keycloak).filter(([, value]) => typeof value === 'function') as [
  string,
  Call,
][]

describe('Whatever is called wrongly', () => {
  it('finds what there is to call', () => {
    assert.ok(verbs.length > 15 && members.length > 12)
  })

  for (const [name, verb] of verbs) {
    it(`${name}() without a provider, or with what is none, says so`, async () => {
      for (const given of [undefined, null, {}, 'keycloak', least, memoryStore()]) {
        assert.match((await refusal(() => verb(given))).message, new RegExp(`${name}\\(\\) takes first`))
      }
      assert.match((await refusal(() => verb(keycloak))).message, /its provider is meant/)
    })

    if (name === 'verifyToken') continue // what comes first there is a text from outside
    it(`${name}() with an option that it does not have says so`, async () => {
      await refusal(() => verb(provider, { noSuchOption: true }))
    })
  }

  for (const [name, member] of members) {
    if (['accessToken', 'userInfo', 'permissions', 'decodeToken'].includes(name)) continue // they take a request, or a token's text
    it(`keycloak.${name}() with an option that it does not have says so`, async () => {
      if (name !== 'verifyToken') await refusal(() => member({ noSuchOption: true }))
      else await refusal(() => member('a.b.c', { noSuchOption: true }))
    })
  }
})

describe('A factory that Koa is given, in place of what it returns', () => {
  const takesRequest = ['accessToken', 'userInfo', 'permissions', 'decodeToken']
  const factories: [string, Call][] = [
    ...verbs.map(([name, verb]): [string, Call] => [name, verb]),
    ...members.map(([name, member]): [string, Call] => [`keycloak.${name}`, member]),
    ['noStore', noStore as Call],
    ['createKeycloak', createKeycloak as Call],
  ]

  for (const [name, factory] of factories) {
    if (takesRequest.includes(name.replace('keycloak.', '')) && name.startsWith('keycloak.')) continue
    it(`${name} without parentheses is an error that says so, in the application and on a router`, async () => {
      const router = new Router().get('/', factory as Koa.Middleware, ctx => {
        ctx.body = 'secret'
      })
      for (const middleware of [factory as Koa.Middleware, router.routes()]) {
        const errors: KeycloakError[] = []
        const app = new Koa({ keys: ['a key for tests'] })
        app.on('error', error => errors.push(error))
        app.use(middleware as Koa.Middleware)
        const served = await serve(app)
        const answer = await fetch(served.url)
        await served.close()
        assert.equal(answer.status, 500)
        assert.doesNotMatch(await answer.text(), /secret/)
        assert.equal(errors[0]?.code, 'invalid_options')
        // What takes a request finds the next middleware where its options should be.
        assert.match(errors[0]?.message ?? '', /called by Koa|(given|is) a function/)
      }
    })
  }
})

describe('A secret that is named but undefined', () => {
  /** The warnings that a call emits, by their code. */
  async function warnings(call: () => unknown): Promise<unknown[]> {
    const codes: unknown[] = []
    const listen = (warning: Error & { code?: string }) => codes.push(warning.code)
    process.on('warning', listen)
    call()
    await new Promise(resolve => setImmediate(resolve))
    process.off('warning', listen)
    return codes.filter(code => code === 'KOA_KEYCLOAK_PUBLIC_CLIENT')
  }

  it('warns that the client becomes a public one', async () => {
    const clientSecret = process.env.NO_SUCH_VARIABLE
    assert.equal((await warnings(() => createProvider({ ...least, clientSecret }))).length, 1)
    assert.equal((await warnings(() => createKeycloak({ ...least, clientSecret }))).length, 1)
  })

  it('does not where no secret was meant', async () => {
    assert.deepEqual(await warnings(() => createProvider(least)), [])
    const clientSecret = undefined
    assert.deepEqual(await warnings(() => createProvider({ ...least, clientSecret, clientAuth: 'none' })), [])
  })

  it('that is there but empty is refused: then a variable is set, to nothing', async () => {
    await refusal(() => createProvider({ ...least, clientSecret: '' }))
  })
})
