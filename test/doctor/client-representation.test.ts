import assert from 'node:assert/strict'
import { type ClientRepresentationOptions, clientRepresentation } from '../../src/doctor/index.js'
import { createKeycloak, createProvider, type ProviderOptions } from '../../src/index.js'

const required = { configuration: 'https://sso.example.com/realms/demo', clientId: 'my-app' }

function represent(options: Partial<ProviderOptions> = {}, more: ClientRepresentationOptions = {}) {
  return clientRepresentation(createProvider({ ...required, ...options }), {
    baseUrl: 'https://app.example.com',
    ...more,
  })
}

describe('clientRepresentation()', () => {
  it('is the whole client, with exact addresses', () => {
    assert.deepEqual(represent({ clientSecret: 's3cret' }), {
      clientId: 'my-app',
      enabled: true,
      protocol: 'openid-connect',
      publicClient: false,
      clientAuthenticatorType: 'client-secret',
      standardFlowEnabled: true,
      implicitFlowEnabled: false,
      directAccessGrantsEnabled: false,
      serviceAccountsEnabled: false,
      frontchannelLogout: false,
      rootUrl: 'https://app.example.com',
      baseUrl: '/',
      redirectUris: ['https://app.example.com/openid/auth'],
      webOrigins: [],
      attributes: {
        'pkce.code.challenge.method': 'S256',
        'post.logout.redirect.uris': 'https://app.example.com/',
        'backchannel.logout.url': 'https://app.example.com/openid/logout_request',
        'backchannel.logout.session.required': 'true',
      },
    })
  })

  it('takes what createKeycloak() and what createProvider() return', () => {
    const options = { ...required, baseUrl: 'https://app.example.com' }
    assert.deepEqual(
      clientRepresentation(createKeycloak(options)),
      clientRepresentation(createKeycloak(options).provider),
    )
  })

  it('has the secret only when it is asked for', () => {
    assert.doesNotMatch(JSON.stringify(represent({ clientSecret: 'my-secret' })), /my-secret/)
    assert.equal(represent({ clientSecret: 'my-secret' }, { secret: true }).secret, 'my-secret')
  })

  it('is a public client without a secret', () => {
    const { publicClient, clientAuthenticatorType } = represent({}, { secret: true })
    assert.deepEqual([publicClient, clientAuthenticatorType], [true, undefined])
  })

  it('names the way in which the client proves who it is', async () => {
    const { privateKey: key } = await crypto.subtle.generateKey(
      { name: 'ECDSA', namedCurve: 'P-256' },
      false,
      ['sign', 'verify'],
    )
    const authenticators = [
      represent({ clientAuth: { method: 'private_key_jwt', key } }),
      represent({ clientAuth: 'tls_client_auth' }),
      represent({ clientAuth: 'client_secret_jwt', clientSecret: 's' }),
      represent({ clientAuth: 'client_secret_post', clientSecret: 's' }),
    ].map(({ publicClient, clientAuthenticatorType }) => [publicClient, clientAuthenticatorType])
    assert.deepEqual(authenticators, [
      [false, 'client-jwt'],
      [false, 'client-x509'],
      [false, 'client-secret-jwt'],
      [false, 'client-secret'],
    ])
  })

  it('goes by prefix, routes and mount path, wherever that stands', () => {
    const routes = { callback: '/back', logoutRequest: '/ended' }
    for (const [own, given] of [
      ['/shop', 'https://app.example.com'],
      [undefined, 'https://app.example.com/shop/'],
      ['https://other.example.com', 'https://app.example.com/shop'],
      ['https://app.example.com/shop', undefined],
    ] as const) {
      const { attributes, redirectUris, rootUrl } = represent(
        { prefix: '/sso', routes, baseUrl: own },
        { baseUrl: given },
      )
      assert.equal(rootUrl, 'https://app.example.com/shop')
      assert.deepEqual(redirectUris, ['https://app.example.com/shop/sso/back'])
      assert.equal(attributes['backchannel.logout.url'], 'https://app.example.com/shop/sso/ended')
      assert.equal(attributes['post.logout.redirect.uris'], 'https://app.example.com/shop/')
    }
  })

  it('has every address after a logout, of other origins those that are allowed', () => {
    const { attributes } = represent(
      { allowedOrigins: ['https://www.example.com'] },
      { postLogoutRedirectUris: ['/', '/bye', 'https://www.example.com/start'] },
    )
    assert.equal(
      attributes['post.logout.redirect.uris'],
      'https://app.example.com/##https://app.example.com/bye##https://www.example.com/start',
    )
  })

  it('has the addresses after a logout among the redirect URIs for Keycloak before 18', () => {
    assert.deepEqual(represent({ legacy: true }).redirectUris, [
      'https://app.example.com/openid/auth',
      'https://app.example.com/',
    ])
  })

  it('leaves out what belongs to routes that are left out', () => {
    const { attributes } = represent({ routes: { logout: false, logoutRequest: false } })
    assert.deepEqual(attributes, { 'pkce.code.challenge.method': 'S256', 'post.logout.redirect.uris': '-' })
  })

  it('names scopes only where one is asked for that no client has by itself', () => {
    assert.equal(
      'optionalClientScopes' in
        represent({ scopes: ['openid', 'email', 'offline_access', 'organization:*'] }),
      false,
    )
    const { defaultClientScopes, optionalClientScopes } = represent({ scopes: ['openid', 'email', 'orders'] })
    assert.ok(defaultClientScopes?.includes('email') && defaultClientScopes.includes('roles'))
    assert.ok(optionalClientScopes?.includes('orders') && optionalClientScopes.includes('offline_access'))
  })

  it('has a service account where one is used', () => {
    assert.equal(represent({}, { serviceAccount: true }).serviceAccountsEnabled, true)
  })

  it('refuses what it can not go by', () => {
    const wrong: (() => unknown)[] = [
      () => represent({}, { baseUrl: '/shop' }),
      () => represent({}, { baseUrl: undefined }),
      () => represent({ baseUrl: '/shop' }, { baseUrl: undefined }),
      () => represent({}, { baseUrl: 'https://app.example.com/?a' }),
      () => represent({ routes: { callback: false } }),
      () => represent({}, { postLogoutRedirectUris: ['https://elsewhere.example/'] }),
      () => represent({}, { postLogoutRedirectUris: ['//elsewhere.example/'] }),
      () => represent({}, { serviceAccounts: true } as object),
      () => clientRepresentation({} as never),
    ]
    for (const call of wrong) assert.throws(call, { code: 'invalid_options' }, String(call))
  })
})
