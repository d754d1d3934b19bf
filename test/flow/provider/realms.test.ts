import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createProvider } from '../../../src/index.js'
import type { ProviderOptions } from '../../../src/options.js'
import { memoryStore } from '../../../src/store/memory-store.js'
import { loginRecord } from '../../store/login.js'

const A = 'https://id.example/realms/a'
const B = 'https://id.example/realms/b'
const record = (iss: string) => loginRecord({ iss, sub: 'alice', sid: 'session' })

/** Providers of two processes over one store, alike but for what is given. */
function twoProviders(one: Partial<ProviderOptions>, other: Partial<ProviderOptions>) {
  const store = memoryStore()
  const make = (options: Partial<ProviderOptions>) =>
    createProvider({ configuration: A, clientId: 'app', store, ...options })
  return [make(one), make(other)] as const
}

function documentOf(issuer: string) {
  return { issuer, authorization_endpoint: `${issuer}/auth`, token_endpoint: `${issuer}/token`, jwks_uri: A }
}

describe('A login belongs to the realm whose issuer it names', () => {
  const apart: Record<string, [Partial<ProviderOptions>, Partial<ProviderOptions>]> = {
    'discovery addresses with the realm behind (RFC 8414)': [
      { configuration: 'https://id.example/.well-known/openid-configuration/realms/a' },
      { configuration: 'https://id.example/.well-known/openid-configuration/realms/b' },
    ],
    documents: [{ configuration: documentOf(A) }, { configuration: documentOf(B) }],
    'one internal address, and two issuers': [{ issuer: A }, { issuer: B }],
  }
  for (const [name, [one, other]] of Object.entries(apart)) {
    it(`two realms are two: ${name}`, async () => {
      const [a, b] = twoProviders(one, other)
      const id = await a.logins.begin(record(A))
      assert.equal(await b.logins.read(id), undefined)
      assert.deepEqual(await b.logins.list('alice'), [])
      assert.equal(await b.logins.endBySid('session'), 0)
      assert.equal(await b.logins.endBySub('alice'), 0)
      assert.equal(await b.logins.end(id), false)
      assert.ok(await a.logins.read(id))
    })
  }

  it('two realms are two: the same metadata file in two containers', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'realm-'))
    try {
      const configuration = join(folder, 'metadata.json')
      const [a, b] = twoProviders({ configuration }, { configuration })
      writeFileSync(configuration, JSON.stringify(documentOf(A)))
      const id = await a.logins.begin(record(A))
      writeFileSync(configuration, JSON.stringify(documentOf(B)))
      assert.equal(await b.logins.read(id), undefined)
      assert.equal(await b.logins.endBySid('session'), 0)
      assert.ok(await a.logins.read(id))
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  const alike: Record<string, Partial<ProviderOptions>> = {
    'its discovery address': { configuration: `${A}/.well-known/openid-configuration` },
    'its address in the form of RFC 8414': {
      configuration: 'https://id.example/.well-known/openid-configuration/realms/a',
    },
    'its host in capitals': { configuration: 'https://ID.EXAMPLE/realms/a/.well-known/openid-configuration' },
    'its document': { configuration: documentOf(A) },
    'an internal address, and its issuer': { configuration: 'http://keycloak:8080/realms/a', issuer: A },
  }
  for (const [name, options] of Object.entries(alike)) {
    it(`one realm is one: ${name}`, async () => {
      const [issuer, other] = twoProviders({}, options)
      const id = await issuer.logins.begin(record(A))
      assert.ok(await other.logins.read(id))
      assert.equal(await other.logins.endBySid('session'), 1)
    })
  }

  it('a record of another issuer counts as absent, wherever it lies', async () => {
    const [provider] = twoProviders({}, {})
    const id = await provider.logins.begin(record(B))
    const seen = record(B)
    assert.equal(await provider.logins.read(id), undefined)
    assert.deepEqual(await provider.logins.list('alice'), [])
    const refresh = () => assert.fail('its refresh token went to another realm')
    assert.equal(await provider.logins.renew(id, seen, refresh), undefined)
    assert.equal(await provider.logins.endBySid('session'), 0)
    assert.equal(await provider.logins.endBySub('alice'), 0)
    assert.equal(await provider.logins.end(id), false)
  })
})
