import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKeycloak, createProvider, type ProviderOptions } from '../../src/index.js'
import { RESERVED_PARAMS } from '../../src/options.js'
import { beginAuthorization } from '../../src/protocol/login/authorization.js'
import { discover } from '../../src/protocol/provider/discover.js'

const OPERATIONS = ['get', 'set', 'add', 'replace', 'delete', 'addMember', 'members', 'removeMember']

/** The least that is needed. */
const least = { configuration: 'https://id.example.com/realms/main', clientId: 'app' }

/** Of each option values that can not be right; what they are typed as does not matter at run time. */
const unusable: Record<keyof ProviderOptions, unknown[]> = {
  configuration: ['', 'realms/main', 'ftp://id.example.com', 7, null, []],
  clientId: ['', 7, null],
  clientSecret: ['', 7, null],
  clientAuth: ['basic', {}, { method: 'private_key_jwt' }, null],
  mtlsEndpointAliases: ['true', 1, null],
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
  store: [Object.fromEntries(OPERATIONS.map(name => [name, true])), {}, 'redis://localhost', new Map(), null],
  sealTokens: ['short', ' '.repeat(20), 1, null],
  logoutScope: ['user', true],
  revoke: ['never', true],
  renew: ['always', true],
  liveCheck: [0, 301, '5'],
  logoutMemory: [3599, '3600', 3600_000_000],
  maxAge: [0, -1, '3600', Number.NaN, Number.POSITIVE_INFINITY],
  configurationMaxAge: [0, '1h'],
  keysMaxAge: [0, '1h'],
  timeout: [0, '3s'],
  storeTimeout: [0, '1s'],
  clockTolerance: [-1, 301, '10s'],
  userAgent: ['', 7],
  fetch: ['fetch', {}],
  audience: ['', 7],
  resource: ['api', '', 'https://api.example.com/?a=1', 'https://api.example.com/#a', 7],
  idTokenAlg: ['HS256', 'none', '', 'rs256', 256],
  untypedLogoutTokens: ['true', 1, null],
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

/** What a doc comment of an option states, and what the check beside it uses. */
describe('A default', () => {
  const root = join(import.meta.dirname, '../../src')
  const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts'))
    .map(path => ({ path, code: readFileSync(join(root, path), 'utf8') }))

  /** `[option, value]` of each literal that a doc comment above an optional member names as its default. */
  const stated = (code: string) =>
    [...code.matchAll(/\/\*\*((?:(?!\*\/).)*)\*\/\s+(\w+)\?:/gs)].flatMap(([, doc = '', option]) => {
      const words = doc.replace(/\s+\*?\s*/g, ' ')
      const value = /\bDefault:? (?:`([^`]*)`|(true|false|none|\d[\d.]*\d|\d))/.exec(words)
      return value ? [[option, value[1] ?? value[2]]] : []
    })

  const used = (code: string) =>
    [...code.matchAll(/^\s*(\w+): withDefault\(.*, (\[.*\]|[^,\]]+)\),$/gm)]
      .map(([, option, value = '']) => [option, plain(value)])
      .filter(([, value]) => value !== undefined)

  /** As words say it; `undefined` for what is no literal. */
  function plain(value: string): string | undefined {
    if (value === '[]' || value === '{}') return 'none'
    if (value.startsWith('[')) return value.replace(/[[\]',]/g, '')
    if (/^[\d_]+$/.test(value)) return value.replaceAll('_', '')
    return /^('.*'|true|false)$/.test(value) ? value.replaceAll("'", '') : undefined
  }

  it('is found where there is one', () => {
    assert.ok(sources.flatMap(({ code }) => used(code)).length > 20)
  })

  for (const { path, code } of sources.filter(({ code }) => code.includes('satisfies Checks<'))) {
    it(`that a doc comment states is the one that is used: ${path}`, () => {
      // Without an audience something else is asked of a token.
      const told = stated(code).filter(([option]) => option !== 'audience')
      assert.deepEqual(told.sort(), used(code).sort())
    })
  }
})

describe('Reserved authorization parameters', () => {
  it('are all those that the protocol sets by itself', async () => {
    const provider = createProvider({
      ...least,
      configuration: {
        issuer: 'https://id.example.com',
        authorization_endpoint: 'https://id.example.com/auth',
        token_endpoint: 'https://id.example.com/token',
        jwks_uri: 'https://id.example.com/keys',
      },
    })
    const { url } = await beginAuthorization(provider, await discover(provider), {
      redirectUri: 'https://app.example.com/auth',
      returnTo: '/',
      scopes: ['openid'],
      params: {},
    })
    const set = [...new URL(url).searchParams.keys()]
    assert.ok(set.length > 7)
    assert.deepEqual(
      set.filter(name => !RESERVED_PARAMS.has(name)),
      [],
    )
  })

  for (const param of RESERVED_PARAMS) {
    it(`${param} is no option, neither to set nor to leave to a link`, () => {
      assertRefused({ ...least, authorizationParams: { [param]: 'x' } }, /authorizationParams/)
      assertRefused({ ...least, queryParams: [param] }, /queryParams/)
    })
  }
})
