import assert from 'node:assert/strict'
import { createKeycloak, createProvider, type ProviderOptions } from '../src/index.js'

/** The least that is needed. */
const least = { configuration: 'https://id.example.com/realms/main', clientId: 'app' }

/** Of each option values that can not be right; what they are typed as does not matter at run time. */
const unusable: Record<keyof ProviderOptions, unknown[]> = {
  configuration: ['', 'realms/main', 'ftp://id.example.com', 7, null, []],
  clientId: ['', 7, null],
  clientSecret: ['', 7, null],
  clientAuth: ['basic', {}, { method: 'private_key_jwt' }, null],
  issuer: ['id.example.com', '', 7],
  name: ['', 'two words', '1st', '__proto__', 'constructor', 'a'.repeat(33), null],
  prefix: ['openid', '/openid/', '/open?id', 7],
  routes: [{ callback: 'auth' }, { signIn: '/login' }, { login: '' }, { logout: null }, [], null],
  baseUrl: ['app.example.com', '//app.example.com', 'https://app.example.com/?a=1', 7],
  scopes: [[], ['profile'], 'openid', [7]],
  authorizationParams: [
    { state: 'x' },
    { scope: 'openid' },
    { kc_idp_hint: 7 },
    'prompt=login',
    { prompt: 'none' },
  ],
  queryParams: [['redirect_uri'], 'login_hint', [7]],
  allowedOrigins: [['www.example.com'], ['https://www.example.com/'], 'https://www.example.com'],
  store: [{}, 'redis://localhost', new Map(), null],
  logoutScope: ['user', true],
  renew: ['always', true],
  maxAge: [0, -1, '3600', Number.NaN, Number.POSITIVE_INFINITY],
  configurationMaxAge: [0, '1h'],
  keysMaxAge: [0, '1h'],
  timeout: [0, '3s'],
  storeTimeout: [0, '1s'],
  clockTolerance: [-1, 301, '10s'],
  userAgent: ['', 7],
  fetch: ['fetch', {}],
  audience: ['', 7],
  legacy: ['yes', 1],
  now: [7, new Date()],
}

function assertRefused(options: unknown, named: RegExp): void {
  assert.throws(
    () => createProvider(options as ProviderOptions),
    (error: Error & { code?: string }) => error.code === 'invalid_options' && named.test(error.message),
  )
}

describe('Options', () => {
  for (const [option, values] of Object.entries(unusable)) {
    it(`${option}: an unusable value fails at construction, naming the option`, () => {
      for (const value of values) assertRefused({ ...least, [option]: value }, new RegExp(option))
    })
  }

  it('that are unknown fail at construction, by name', () => {
    assertRefused({ ...least, client_id: 'app' }, /client_id/)
    assertRefused({ ...least, clientID: 'app' }, /clientID/)
  })

  it('that are required and missing fail at construction, by name', () => {
    assertRefused({ clientId: 'app' }, /configuration/)
    assertRefused({ configuration: least.configuration }, /clientId/)
  })

  it('that contradict each other fail at construction, naming both', () => {
    assertRefused({ ...least, clientAuth: 'client_secret_post' }, /clientAuth.*clientSecret/)
    assertRefused({ ...least, clientAuth: 'none', clientSecret: 's' }, /clientAuth.*clientSecret/)
  })

  it('two routes at one path contradict each other, a default one and one that is left out considered', () => {
    assertRefused({ ...least, routes: { login: '/in', logout: '/in' } }, /routes/)
    assertRefused({ ...least, routes: { login: '/auth' } }, /routes/)
    createProvider({ ...least, routes: { login: false, callback: '/login', logout: false } })
  })

  it('that are no object at all fail at construction', () => {
    for (const options of [undefined, null, 'https://id.example.com', []]) assertRefused(options, /options/i)
  })

  it('that are undefined count as not given', () => {
    const { settings } = createProvider({
      ...least,
      maxAge: undefined,
      routes: { login: undefined },
    } as never)
    assert.equal(settings.maxAge, 36_000)
    assert.equal(settings.routes.login, '/login')
  })

  it('hooks that are no functions fail at construction', () => {
    for (const hook of ['afterLogin', 'afterLogoutRequest']) {
      assert.throws(() => createKeycloak({ ...least, [hook]: 'later' }), { code: 'invalid_options' })
    }
  })

  it('never show the secret in the error', () => {
    assertRefused({ ...least, clientSecret: ['hunter2'] }, /^(?!.*hunter2)/s)
  })
})
