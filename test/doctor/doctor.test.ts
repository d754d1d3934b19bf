import assert from 'node:assert/strict'
import type { DoctorOptions, Report } from '../../src/doctor/index.js'
import { doctor } from '../../src/doctor/index.js'
import { createKeycloak, type KeycloakOptions } from '../../src/index.js'
import { createKeyPair } from '../../src/testing/provider/keys.js'
import { type Knobs, type SmallKeycloak, startSmallKeycloak } from './small-keycloak.js'

const BASE = 'http://localhost:9'

const severities = ({ findings }: Report) => findings.map(({ severity }) => severity)

const answering =
  (path: string, status: number, body = '{}') =>
  (asked: string) =>
    asked === path ? { status, body } : undefined

const redirecting = (path: string, location: string) => (asked: string) =>
  asked === path ? { status: 302, body: '', headers: { location } } : undefined

describe('The doctor, at a provider', () => {
  let op: SmallKeycloak
  beforeEach(async () => {
    op = await startSmallKeycloak(BASE)
  })
  afterEach(() => op.close())

  function examine(options: Partial<KeycloakOptions> = {}, more: DoctorOptions = {}): Promise<Report> {
    const keycloak = createKeycloak({
      configuration: op.issuer,
      clientId: 'koa-app',
      clientSecret: 's3cret',
      baseUrl: BASE,
      ...options,
    })
    return doctor(keycloak, more)
  }

  /** The server says from now on that it is that time, as a proxy before it may. */
  async function sendDate(time: number): Promise<void> {
    const body = await (await fetch(`${op.issuer}/certs`)).text()
    const headers = { date: new Date(time).toUTCString() }
    op.knobs.answer = path => (path === '/certs' ? { status: 200, body, headers } : undefined)
  }

  const codes = ({ findings }: Report) => findings.map(({ code }) => code)
  const why = ({ unexamined }: Report, what: string) => unexamined.find(each => each.what === what)?.why

  it('finds nothing where all is well, and says what it could not look at', async () => {
    const report = await examine()
    assert.deepEqual(report.findings, [])
    assert.equal(report.healthy, true)
    assert.deepEqual(
      report.unexamined.map(({ what }) => what),
      [
        'the application at its own address',
        'the address for logout requests, from this machine',
        'the client, as an administrator sees it',
        'app.keys',
      ],
    )
  })

  const MISTAKES: [code: string, mistake: Partial<Knobs>, title: string][] = [
    ['client_unknown', { clientId: 'other' }, 'a client of another name'],
    ['client_disabled', { enabled: false }, 'a client that is disabled'],
    ['client_rejected', { clientSecret: 'other' }, 'another secret'],
    ['client_public', { clientSecret: undefined }, 'a client without a secret'],
    ['redirect_uri_unknown', { redirectUris: [] }, 'no redirect URI'],
    ['redirect_uri_wildcard', { redirectUris: [`${BASE}/*`] }, 'a whole application as redirect URI'],
    ['redirect_uri_wildcard', { redirectUris: [`${BASE}/openid/auth*`] }, 'a redirect URI that goes on'],
    ['redirect_uri_any', { redirectUris: ['*'] }, 'the world as redirect URI'],
    ['standard_flow_off', { standardFlow: false }, 'no standard flow'],
    ['scope_refused', { scopes: ['profile'] }, 'a scope that is not there'],
    ['pkce_not_required', { pkceRequired: false }, 'PKCE at will'],
    ['implicit_flow_on', { flows: ['implicit'] }, 'the implicit flow'],
    ['direct_access_on', { flows: ['password'] }, 'direct access grants'],
    ['device_flow_on', { flows: ['device'] }, 'the device flow'],
    ['post_logout_redirect_uri_unknown', { postLogoutRedirectUris: [] }, 'no address after a logout'],
    ['post_logout_redirect_uri_wildcard', { postLogoutRedirectUris: [`${BASE}/*`] }, 'any of them'],
    ['clock_mismatch', { ahead: 90 }, 'a clock that is ahead'],
    ['clock_mismatch', { ahead: -90 }, 'a clock that is behind'],
    [
      'logout_requests_unsupported',
      { metadata: { backchannel_logout_supported: undefined } },
      'no logout requests',
    ],
    ['metadata_invalid', { metadata: { token_endpoint: 'nowhere' } }, 'metadata that are of no use'],
    [
      'metadata_issuer_mismatch',
      { metadata: { issuer: 'http://localhost:1/realms/demo' } },
      'another issuer',
    ],
    ['metadata_not_found', { answer: answering('/.well-known/openid-configuration', 404) }, 'no such realm'],
    [
      'provider_response_invalid',
      { answer: answering('/.well-known/openid-configuration', 200, '<html></html>') },
      'a page for metadata',
    ],
    [
      'login_refused',
      { answer: redirecting('/auth', `${BASE}/openid/auth?error=invalid_request`) },
      'an authentication request that is refused whatever is in it',
    ],
    [
      'https_required',
      {
        answer: answering(
          '/.well-known/openid-configuration',
          403,
          '{"error":"invalid_request","error_description":"HTTPS required"}',
        ),
      },
      'a realm that wants https',
    ],
    ['keys_unusable', { answer: answering('/certs', 404) }, 'no keys'],
    [
      'login_elsewhere',
      { answer: redirecting('/auth', 'https://localhost:1/auth') },
      'a redirect to elsewhere',
    ],
  ]

  for (const [code, mistake, title] of MISTAKES) {
    it(`finds ${title}: ${code}, and nothing else`, async () => {
      Object.assign(op.knobs, mistake)
      assert.deepEqual(codes(await examine()), [code])
    })
  }

  it('finds keys that are not those that sign', async () => {
    op.knobs.signWith = await createKeyPair('RS256')
    assert.deepEqual(codes(await examine()), ['keys_do_not_verify'])
  })

  it('is sure of a clock where a signed answer is over when it comes, and where a Date says so', async () => {
    op.knobs.ahead = -90
    assert.deepEqual(severities(await examine()), ['error'])
    op.knobs.ahead = 90
    assert.deepEqual(severities(await examine()), ['warning'])
    await sendDate(Date.now() + 90_000)
    assert.deepEqual(severities(await examine()), ['error'])
  })

  it('believes a Date more than a lifespan that a realm may have changed', async () => {
    op.knobs.codeLifespan = 300
    assert.deepEqual(severities(await examine()), ['warning'])
    await sendDate(Date.now())
    assert.deepEqual(codes(await examine()), [])
  })

  it('names the scopes that are refused, and the addresses that are not known', async () => {
    op.knobs.scopes = ['email']
    op.knobs.postLogoutRedirectUris = []
    const { findings } = await examine({ scopes: ['openid', 'profile', 'email', 'orders'] })
    const seen = findings.map(each => each.seen).join('\n')
    assert.match(seen, /Refused: profile orders\.$/m)
    assert.match(seen, new RegExp(`It is ${BASE}/$`, 'm'))
  })

  it('tells the client’s mistakes apart where the pages are in another language', async () => {
    op.knobs.page = () => '<p>Etwas stimmt nicht.</p>'
    op.knobs.redirectUris = []
    assert.deepEqual(codes(await examine()), ['redirect_uri_unknown'])
    op.knobs.enabled = false
    assert.deepEqual(codes(await examine()), ['client_unknown', 'client_rejected'])
  })

  it('looks at every address after a logout that the application says it uses', async () => {
    op.knobs.postLogoutRedirectUris = [`${BASE}/`]
    const { findings } = await examine({}, { postLogoutRedirectUris: ['/', '/bye'] })
    assert.deepEqual(
      findings.map(({ seen }) => seen.endsWith(`${BASE}/bye`)),
      [true],
    )
  })

  it('says that a secret is wanted where the application has none', async () => {
    const { findings } = await examine({ clientSecret: undefined, clientAuth: 'none' })
    assert.equal(findings[0]?.code, 'client_rejected')
    assert.match(findings[0]?.seen ?? '', /no clientSecret/)
  })

  it('looks at what needs no address where it has none, and says so of the rest', async () => {
    op.knobs.clientSecret = 'other'
    const report = await examine({ baseUrl: undefined })
    assert.deepEqual(codes(report), ['client_rejected'])
    assert.match(why(report, 'that other redirect URIs are refused') ?? '', /baseUrl/)
  })

  it('finds that nothing answers', async () => {
    assert.deepEqual(codes(await examine({ configuration: 'http://localhost:1/realms/demo' })), [
      'provider_unavailable',
    ])
  })

  const pages: [status: number, body: string, code: string | undefined][] = [
    [500, '{}', 'provider_unavailable'],
    [429, '{}', 'provider_unavailable'],
    [403, 'Bearer-only applications are not allowed to initiate browser login', 'client_bearer_only'],
    [403, 'Blocked by a firewall', 'provider_response_invalid'],
    [404, 'Not Found', 'provider_response_invalid'],
    [200, '<form></form>', undefined],
  ]
  for (const [status, body, code] of pages) {
    it(`says of ${status} "${body}" in place of an authorization response: ${code ?? 'could not look'}`, async () => {
      op.knobs.answer = path => (path === '/auth' ? { status, body } : undefined)
      const report = await examine()
      assert.deepEqual(codes(report), code === undefined ? [] : [code])
      assert.equal(
        why(report, 'the client, its redirect URI and its scopes') === undefined,
        code !== undefined,
      )
    })
  }

  it('finds http addresses in what came by https', async () => {
    const https = 'https://sso.example.com/realms/demo'
    op.knobs.metadata = { issuer: https }
    const report = await examine({
      configuration: https,
      fetch: (url, init) => fetch(url.replace(https, op.issuer), init),
    })
    assert.deepEqual(codes(report), ['metadata_insecure'])
  })

  it('asks once more for what fails on its way, and then says that Keycloak does not answer', async () => {
    let failures = 1
    op.knobs.answer = path => (path === '/logout' && failures-- > 0 ? 'hang up' : undefined)
    assert.deepEqual(codes(await examine()), [])
    op.knobs.answer = path => (path === '/logout' ? 'hang up' : undefined)
    const { findings } = await examine()
    assert.deepEqual(
      findings.map(({ code, seen }) => [code, seen.includes('the addresses after a logout')]),
      [['provider_unavailable', true]],
    )
  })

  it('does not take an authorization endpoint for gone that only browsers reach', async () => {
    op.knobs.metadata = { authorization_endpoint: 'http://localhost:1/auth' }
    const report = await examine()
    assert.deepEqual(codes(report), [])
    assert.match(why(report, 'that PKCE is required') ?? '', /does not reach/)
  })

  it('says nothing that the provider says, and no secret', async () => {
    op.knobs.hostile = 'HOSTILE<script>'
    Object.assign(op.knobs, { redirectUris: [], postLogoutRedirectUris: [], clientSecret: 'another-secret' })
    const report = JSON.stringify(await examine({ clientSecret: 'my-own-secret' }))
    assert.doesNotMatch(report, /HOSTILE|my-own-secret|another-secret/)
  })

  it('sends the secret to the token endpoint only, and never a request that could succeed', async () => {
    await examine()
    const known = ['/.well-known/openid-configuration', '/certs', '/auth', '/token', '/logout']
    assert.deepEqual(
      op.paths.filter(path => !known.includes(path)),
      [],
    )
  })

  it('throws for options that are not usable, before it asks anything', async () => {
    const wrong: unknown[] = [
      { baseUrl: '/app' },
      { baseUrl: 'nowhere' },
      { postLogoutRedirectUris: '/' },
      { postLogoutRedirectUris: ['https://elsewhere.example/'] },
      { serviceAccount: 'yes' },
      { admin: { user: 'admin' } },
      { admin: { user: 'admin', password: 'x', clientId: 'y' } },
      { admin: { user: 'admin', password: 'x', url: 'nowhere' } },
      { baseURL: BASE },
    ]
    for (const options of wrong)
      await assert.rejects(
        examine({}, options as DoctorOptions),
        { code: 'invalid_options' },
        JSON.stringify(options),
      )
    await assert.rejects(doctor({} as never), { code: 'invalid_options' })
    assert.deepEqual(op.paths, [])
  })
})
