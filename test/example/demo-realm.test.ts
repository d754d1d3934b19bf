import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { demoClients } from '../../example/keycloak/demo-clients.js'
import { forVersion, type Realm } from '../../example/keycloak/realm.js'

const text = readFileSync(new URL('../../example/keycloak/demo-realm.json', import.meta.url), 'utf8')
const realm: Realm = JSON.parse(text)

describe('The demo realm', () => {
  it('has the clients that clientRepresentation() describes', () => {
    assert.deepEqual(realm.clients, JSON.parse(JSON.stringify(demoClients())))
  })

  it('has no wildcard in it', () => {
    assert.equal(text.includes('*'), false)
  })

  it('has the addresses after a logout among the redirect URIs for Keycloak before 19', () => {
    const [client] = forVersion(realm, '18.0.2').clients ?? []
    assert.deepEqual(client?.redirectUris, [
      'http://localhost:2700/openid/auth',
      'http://localhost:2700/',
      'http://localhost:2700/bye',
    ])
    assert.equal(forVersion(realm, '19.0.0').clients?.[0]?.redirectUris?.length, 1)
  })
})
