import assert from 'node:assert/strict'
import { compare } from '../../src/doctor/admin/compare.js'
import { clientRepresentation } from '../../src/doctor/index.js'
import { createProvider } from '../../src/index.js'

const should = clientRepresentation(
  createProvider({
    configuration: 'https://sso.example.com/realms/a',
    clientId: 'my-app',
    clientSecret: 's',
  }),
  { baseUrl: 'https://app.example.com' },
)

const found = (changes: Record<string, unknown>, attributes: Record<string, unknown> = {}) =>
  compare({ ...should, ...changes, attributes: { ...should.attributes, ...attributes } }, should).map(
    ({ code }) => code,
  )

describe('The client as an administrator sees it', () => {
  it('has nothing wrong with it where it is as described', () => {
    assert.deepEqual(found({}), [])
    assert.deepEqual(found({ nodeReRegistrationTimeout: -1 }, { realm_client: 'false' }), [])
  })

  it('may have its addresses below its root URL', () => {
    assert.deepEqual(
      found({ redirectUris: ['/openid/auth'] }, { 'backchannel.logout.url': '/openid/logout_request' }),
      [],
    )
  })

  const cases: [code: string, changes: Record<string, unknown>, attributes?: Record<string, unknown>][] = [
    ['client_disabled', { enabled: false }],
    ['client_bearer_only', { bearerOnly: true }],
    ['client_public', { publicClient: true }],
    ['standard_flow_off', { standardFlowEnabled: false }],
    ['implicit_flow_on', { implicitFlowEnabled: true }],
    ['direct_access_on', { directAccessGrantsEnabled: true }],
    ['device_flow_on', {}, { 'oauth2.device.authorization.grant.enabled': 'true' }],
    ['service_account_on', { serviceAccountsEnabled: true }],
    ['pkce_not_required', {}, { 'pkce.code.challenge.method': '' }],
    ['pkce_not_required', {}, { 'pkce.code.challenge.method': 'plain' }],
    ['redirect_uri_wildcard', { redirectUris: ['https://app.example.com/*'] }],
    [
      'redirect_uris_unused',
      { redirectUris: [...should.redirectUris, 'https://staging.example.com/openid/auth'] },
    ],
    ['post_logout_redirect_uri_wildcard', {}, { 'post.logout.redirect.uris': 'https://app.example.com/*' }],
    ['front_channel_logout_on', { frontchannelLogout: true }],
    ['logout_request_address_missing', {}, { 'backchannel.logout.url': undefined }],
    [
      'logout_request_address_wrong',
      {},
      { 'backchannel.logout.url': 'http://localhost:1/openid/logout_request' },
    ],
    ['logout_request_session_off', {}, { 'backchannel.logout.session.required': undefined }],
    ['id_token_algorithm', {}, { 'id.token.signed.response.alg': 'HS256' }],
  ]
  for (const [code, changes, attributes] of cases) {
    it(`${code}: ${JSON.stringify({ ...changes, ...attributes })}`, () => {
      assert.deepEqual(found(changes, attributes), [code])
    })
  }

  it('finds a * for any host, and that it is a wildcard', () => {
    assert.deepEqual(found({ redirectUris: ['*'] }), ['redirect_uri_any', 'redirect_uri_wildcard'])
  })

  it('finds a secret that the application does not have, and a service account that it lacks', () => {
    const publicClient = { ...should, publicClient: true, serviceAccountsEnabled: true }
    assert.deepEqual(
      compare(should as never, publicClient).map(({ code }) => code),
      ['client_rejected', 'service_account_off'],
    )
  })

  it('wants no logout requests where their route is left out', () => {
    const {
      'backchannel.logout.url': _,
      'backchannel.logout.session.required': __,
      ...attributes
    } = should.attributes
    const without = { ...should, attributes }
    assert.deepEqual(compare({ ...without, frontchannelLogout: true }, without), [])
  })

  it('finds what it can in a client of which nothing is known', () => {
    assert.doesNotThrow(() => compare({}, should))
    assert.doesNotThrow(() => compare({ attributes: 'x', redirectUris: 'x', rootUrl: 1 }, should))
  })
})
