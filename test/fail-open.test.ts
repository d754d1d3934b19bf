import assert from 'node:assert/strict'
import {
  bearer,
  createKeycloak,
  createProvider,
  KeycloakError,
  requireLogin,
  requireRole,
} from '../src/index.js'

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
  ["verifyToken(jwt, 'api')", () => keycloak.verifyToken('a.b.c', 'api' as Js), /given a string/],
  [
    'verifyToken(jwt, { aud })',
    () => keycloak.verifyToken('a.b.c', { aud: 'api' } as Js),
    /verifyToken\(\): there is no option aud\. There are audience, algorithms\./,
  ],
]

describe('Options that would fail open', () => {
  for (const [call, slip, ...says] of slips) {
    it(`${call} is refused at the call, in words`, async () => {
      const { message } = await refusal(slip)
      for (const words of says) assert.match(message, words)
    })
  }
})
