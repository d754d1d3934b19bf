import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose'
import { type StandIn, startStandIn } from '../../../example/stand-in/stand-in.js'
import { metadata } from './relying-party.js'

const redirectUris = ['http://localhost:9/callback']
const clientSecret = 'a-secret-that-is-long-enough-for-HS256'

describe('the stand-in Keycloak: its clients', () => {
  let op: StandIn
  let privateKey: CryptoKey

  before(async () => {
    const pair = await generateKeyPair('RS256')
    privateKey = pair.privateKey
    const jwks = { keys: [{ ...(await exportJWK(pair.publicKey)), alg: 'RS256', use: 'sig', kid: 'k' }] }
    op = await startStandIn({
      users: [],
      clients: [
        { clientId: 'basic', clientSecret, redirectUris },
        { clientId: 'post', clientSecret, redirectUris, clientAuth: 'client_secret_post' },
        { clientId: 'secret-jwt', clientSecret, redirectUris, clientAuth: 'client_secret_jwt' },
        { clientId: 'private-key', redirectUris, clientAuth: 'private_key_jwt', jwks },
        { clientId: 'public', redirectUris },
      ],
    })
  })

  after(() => op.close())

  const token = async (form: Record<string, string>, headers: Record<string, string> = {}) => {
    const { token_endpoint = '' } = await metadata(op)
    const body = new URLSearchParams({ grant_type: 'client_credentials', ...form })
    return (await fetch(token_endpoint, { method: 'POST', headers, body })).status
  }

  const basic = (id: string, secret: string) => ({
    authorization: `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`,
  })

  const assertion = async (clientId: string, alg: string, key: CryptoKey | Uint8Array) => ({
    client_id: clientId,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await new SignJWT({ jti: randomUUID() })
      .setProtectedHeader({ alg })
      .setIssuer(clientId)
      .setSubject(clientId)
      .setAudience(op.issuer)
      .setIssuedAt()
      .setExpirationTime('1 minute')
      .sign(key),
  })

  it('authenticates by secret, in the header or in the form', async () => {
    assert.equal(await token({}, basic('basic', clientSecret)), 200)
    assert.equal(await token({}, basic('basic', 'wrong')), 401)
    assert.equal(await token({ client_id: 'post', client_secret: clientSecret }), 200)
    assert.equal(await token({ client_id: 'post', client_secret: 'wrong' }), 401)
  })

  it('authenticates by an assertion, signed with the secret or with a private key', async () => {
    const secret = new TextEncoder().encode(clientSecret)
    assert.equal(await token(await assertion('secret-jwt', 'HS256', secret)), 200)
    assert.equal(await token(await assertion('private-key', 'RS256', privateKey)), 200)
    assert.equal(await token(await assertion('private-key', 'HS256', secret)), 401)
  })

  it('has no service account for a public client', async () => {
    assert.equal(await token({ client_id: 'public' }), 400)
  })

  it('publishes a key that is for encryption only', async () => {
    const { jwks_uri = '' } = await metadata(op)
    const { keys } = (await (await fetch(jwks_uri)).json()) as { keys: { use: string }[] }
    assert.deepEqual(keys.map(({ use }) => use).sort(), ['enc', 'sig'])
  })

  it('keeps the console clean', function () {
    this.timeout(30_000)
    const script = `import { startStandIn } from './example/stand-in/stand-in.ts'
      const op = await startStandIn({ clients: [], users: [] })
      await (await fetch(op.discoveryUrl)).text()
      await op.close()`
    const args = ['--import', 'tsx', '--input-type=module', '--eval', script]
    const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
    assert.deepEqual([stdout, stderr, status], ['', '', 0])
  })
})
