import assert from 'node:assert/strict'
import { clientFor } from '../../../example/keycloak/realm.js'
import { atLeast } from '../../../example/keycloak/version.js'
import { clientRepresentation, doctor } from '../../../src/doctor/index.js'
import { createKeycloak } from '../../../src/index.js'
import { startApp, type TestApp } from '../../support/app/app.js'
import {
  admin,
  administrator,
  doctorOptions,
  foundBy,
  isLoggedIn,
  keycloak,
  loggedIn,
  logOut,
  newRealm,
  newUser,
  realmApp,
  since,
} from '../support/shared.js'

/** What a version does not show without a login: 18 its addresses after a logout, 10 anything that is signed. */
const NOT_TOLD: Record<string, string[]> = {
  '18.0.2': ['the addresses after a logout'],
  '10.0.1': ['that what Keycloak signs verifies'],
}

describe('Doctor', () => {
  let app: TestApp | undefined
  afterEach(async () => {
    await app?.close()
    app = undefined
  })

  for (const clientId of ['koa-app', 'koa-app-two', 'koa-public'] as const) {
    it(`finds nothing about ${clientId}, whose client is as clientRepresentation() has it`, async () => {
      app = await realmApp({ clientId, timeout: 30 }) // of a Keycloak that has just been started
      const report = await doctor(app.keycloak, {
        ...doctorOptions(clientId, app.url),
        admin: administrator(),
        app: { keys: ['0f1e2d3c4b5a69788796a5b4c3d2e1f0'] },
      })
      assert.deepEqual(report.findings, [])
      assert.deepEqual(
        report.unexamined.map(({ what }) => what),
        NOT_TOLD[keycloak().version] ?? [],
      )
    })
  }

  it('changes nothing: the client is what it was, and its users stay logged in', async () => {
    app = await realmApp()
    const before = await admin().findClient('koa-app')
    const agent = await loggedIn(app, await newUser())
    assert.deepEqual(await foundBy(app, { admin: administrator() }), [])
    assert.deepEqual(await admin().findClient('koa-app'), before)
    assert.equal(await isLoggedIn(agent, app), true)
  })

  it('logs in and out with a client that was imported as clientRepresentation() has it', async () => {
    const realm = await newRealm('imported')
    const own = {
      configuration: realm.url,
      clientId: 'imported-app',
      clientSecret: 'imported-secret',
      legacy: !atLeast(keycloak().version, 18),
    }
    const provider = {
      discoveryUrl: own.configuration,
      async addClient({ redirectUris: [uri = ''] }: { redirectUris: string[] }) {
        const represented = clientRepresentation(createKeycloak(own), {
          baseUrl: new URL(uri).origin,
          postLogoutRedirectUris: ['/', '/bye'],
          secret: true,
        })
        await admin('imported').createClient({ ...clientFor(represented, keycloak().version) })
      },
    }
    try {
      app = await startApp(provider, own)
      const user = await newUser({}, 'imported')
      const agent = await loggedIn(app, user)
      assert.equal((await logOut(agent, app)).url, `${app.url}/bye`)
      assert.equal(await isLoggedIn(agent, app), false)
    } finally {
      await realm.remove()
    }
  })

  it('finds the redirect URI, the PKCE and the flows that are open without need', async () => {
    app = await realmApp({
      clientChanges: {
        redirectUris: ['http://localhost/*'],
        implicitFlowEnabled: true,
        directAccessGrantsEnabled: true,
        attributes: {
          'pkce.code.challenge.method': '',
          'post.logout.redirect.uris': 'http://localhost/*',
        },
      },
    })
    const found = await foundBy(app)
    assert.equal(found.includes('post_logout_redirect_uri_wildcard'), atLeast(keycloak().version, 19))
    for (const codes of [found, await foundBy(app, { admin: administrator() })]) {
      assert.deepEqual(codes.filter(code => code !== 'post_logout_redirect_uri_wildcard').sort(), [
        'direct_access_on',
        'implicit_flow_on',
        'pkce_not_required',
        'redirect_uri_wildcard',
      ])
    }
  })

  it('finds a redirect URI that lets any host through', async () => {
    app = await realmApp({ clientChanges: { redirectUris: ['*'] } })
    assert.deepEqual(await foundBy(app), ['redirect_uri_any'])
  })

  it('finds a scope that the client does not have, by name', async () => {
    app = await realmApp({ scopes: ['openid', 'email', 'orders'] })
    const { findings } = await doctor(app.keycloak, doctorOptions('koa-app', app.url))
    assert.deepEqual(
      findings.map(({ code, seen }) => [code, /Refused: orders\.$/.test(seen)]),
      [['scope_refused', true]],
    )
  })

  it('finds a client that is public in Keycloak only', async () => {
    app = await realmApp({ clientId: 'koa-app-two', clientChanges: { publicClient: true } })
    assert.deepEqual(await foundBy(app), ['client_public'])
  })

  it('finds a service account that is off', async () => {
    app = await realmApp({ clientChanges: { serviceAccountsEnabled: false } })
    assert.deepEqual(await foundBy(app), ['service_account_off'])
  })

  it('finds a legacy that does not fit', async function () {
    since(this, 18)
    app = await realmApp({ legacy: true })
    assert.deepEqual(await foundBy(app), ['legacy_wrong'])
  })

  it('finds, as an administrator, the front channel that keeps all logout requests away', async function () {
    since(this, 12)
    app = await realmApp({ clientChanges: { frontchannelLogout: true } })
    assert.deepEqual(await foundBy(app), [])
    assert.deepEqual(await foundBy(app, { admin: administrator() }), ['front_channel_logout_on'])
  })

  it('finds, as an administrator, logout requests without a session and to nowhere', async () => {
    app = await realmApp({
      clientChanges: {
        attributes: { 'backchannel.logout.url': '', 'backchannel.logout.session.required': 'false' },
      },
    })
    assert.deepEqual(await foundBy(app, { admin: administrator() }), [
      'logout_request_address_missing',
      'logout_request_session_off',
    ])
  })

  it('says that the administrator was refused, and finds the rest all the same', async () => {
    app = await realmApp({ clientChanges: { implicitFlowEnabled: true } })
    const found = await foundBy(app, { admin: { user: 'admin', password: 'wrong' } })
    assert.deepEqual(found, ['admin_refused', 'implicit_flow_on'])
  })
})
