import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { KeycloakError } from '../../../src/errors.js'
import type { ProviderOptions } from '../../../src/options.js'
import { discover } from '../../../src/protocol/provider/discover.js'
import { createProvider } from '../../../src/provider/provider.js'
import { outcome, rp } from '../../support/app/rp.js'
import { fakeClock } from '../../support/clock.js'
import { type Mischief, useForger } from '../../support/forger/forger.js'

describe('Discovery', () => {
  const op = useForger()
  beforeEach(() => op.reset())

  const document = async () => (await (await fetch(op.discoveryUrl)).json()) as Record<string, unknown>
  const issuerOf = async (configuration: ProviderOptions['configuration'], options = {}) =>
    (await discover(rp(op, { configuration, ...options }))).issuer

  describe('reads the metadata', () => {
    let folder: string
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'metadata-'))
    })
    after(() => rm(folder, { recursive: true }))

    it('at a discovery URL', async () => {
      assert.equal(await issuerOf(op.discoveryUrl), op.issuer)
    })

    it('at an issuer URL', async () => {
      assert.equal(await issuerOf(op.issuer), op.issuer)
      assert.equal(op.last('discovery').url.pathname, '/realms/forged/.well-known/openid-configuration')
    })

    it('in a file', async () => {
      const path = join(folder, 'metadata.json')
      await writeFile(path, JSON.stringify(await document()))
      op.reset()
      assert.equal(await issuerOf(path), op.issuer)
      assert.equal(op.counts.discovery, 0)
      assert.equal(
        await outcome(issuerOf(path, { issuer: 'https://other.example' })),
        '500 metadata_issuer_mismatch',
      )
    })

    it('in an object, which stays as it is', async () => {
      const metadata = await document()
      assert.equal(await issuerOf(metadata), op.issuer)
      assert.ok(!Object.isFrozen(metadata))
    })

    it('and says so when the file is missing or no JSON', async () => {
      const path = join(folder, 'broken.json')
      await writeFile(path, '{ "issuer": ')
      assert.equal(await outcome(issuerOf(path)), '500 metadata_not_found')
      assert.equal(await outcome(issuerOf(join(folder, 'none.json'))), '500 metadata_not_found')
      await writeFile(path, '[]')
      assert.equal(await outcome(issuerOf(path)), '502 provider_response_invalid')
    })
  })

  describe('takes only the expected issuer', () => {
    const issuers = async (configuration: string, issuer: string, options: Partial<ProviderOptions> = {}) => {
      const answer = JSON.stringify({ ...(await document()), issuer })
      const fetch = async () => new Response(answer, { headers: { 'content-type': 'application/json' } })
      return outcome(discover(createProvider({ configuration, clientId: 'app', fetch, ...options })))
    }
    const mismatch = '500 metadata_issuer_mismatch'

    it('which a discovery URL implies with and without a final slash', async () => {
      const url = 'http://kc.test/realms/a/.well-known/openid-configuration'
      assert.equal(await issuers(url, 'http://kc.test/realms/a'), '200 ok')
      assert.equal(await issuers(url, 'http://kc.test/realms/a/'), '200 ok')
      assert.equal(await issuers(url, 'http://kc.test/realms/a//'), mismatch)
      assert.equal(await issuers(url, 'http://kc.test/realms/b'), mismatch)
      assert.equal(await issuers(url, 'http://kc.test:8080/realms/a'), mismatch)
      assert.equal(await issuers(url, 'https://kc.test/realms/a'), mismatch)
      assert.equal(await issuers(url, 'http://KC.test/realms/a'), mismatch)
    })

    it('which an issuer URL names to the last slash', async () => {
      assert.equal(await issuers('http://kc.test/realms/a', 'http://kc.test/realms/a'), '200 ok')
      assert.equal(await issuers('http://kc.test/realms/a', 'http://kc.test/realms/a/'), mismatch)
      assert.equal(await issuers('http://kc.test/realms/a/', 'http://kc.test/realms/a/'), '200 ok')
      assert.equal(await issuers('http://kc.test/realms/a/', 'http://kc.test/realms/a'), mismatch)
    })

    it('which the path of RFC 8414 has behind the well-known part', async () => {
      for (const kind of ['openid-configuration', 'oauth-authorization-server']) {
        const url = `http://kc.test/.well-known/${kind}/realms/a`
        assert.equal(await issuers(url, 'http://kc.test/realms/a'), '200 ok')
        assert.equal(await issuers(url, 'http://kc.test'), mismatch)
      }
    })

    it('which the option names when the document is read at an internal address', async () => {
      const internal = 'http://keycloak:8080/realms/a/.well-known/openid-configuration'
      const issuer = 'https://sso.example/realms/a'
      assert.equal(await issuers(internal, issuer), mismatch)
      assert.equal(await issuers(internal, issuer, { issuer }), '200 ok')
      assert.equal(await issuers(internal, `${issuer}/`, { issuer }), mismatch)
      assert.equal(await issuers(internal, 'http://keycloak:8080/realms/a', { issuer }), mismatch)
    })

    it('and says in what the two differ', async () => {
      const url = 'https://kc.test/realms/a'
      const words = async (issuer: string, configuration = url) => {
        const answer = JSON.stringify({ ...(await document()), issuer })
        const fetch = async () => new Response(answer)
        const error = await discover(createProvider({ configuration, clientId: 'app', fetch })).catch(e => e)
        return String(error.message)
      }
      assert.match(await words('http://kc.test/realms/a'), /http and https/)
      assert.match(await words('https://kc.test:8443/realms/a'), /host or port/)
      assert.match(await words('https://kc.test/realms/a/'), /final slash/)
      assert.match(await words('https://kc.test/auth/realms/a'), /path/)
      for (const blank of [' ', '\n', '\t', '\r\n'])
        assert.match(await words(`https://kc.test/realms/a${blank}`), /differs in blanks or line breaks/)
      assert.match(await words('https://KC.test/realms/a'), /differs in capitals/)
      assert.match(await words('https://kc.test/realms/A'), /differs in capitals/)
      assert.match(await words('https://kc.test:443/realms/a'), /differs in a port that goes without saying/)
      assert.match(await words('https://KC.test:443/realms/a/'), /differs in several/)
      assert.match(
        await words('https://kc.test/realms/\u00e4', 'https://kc.test/realms/%C3%A4'),
        /differs in how letters beyond ASCII/,
      )
      assert.doesNotMatch(await words('https://evil.test/realms/x'), /evil/)
    })

    it('and no http address in a document that came over https', async () => {
      const url = 'https://kc.test/realms/a'
      assert.equal(await issuers(url, url), '500 metadata_insecure')
    })
  })

  it('refuses metadata in which something needed is missing or is no URL', async () => {
    const required = ['issuer', 'authorization_endpoint', 'token_endpoint', 'jwks_uri']
    for (const member of required) {
      for (const value of [
        undefined,
        null,
        7,
        '',
        '/relative',
        'javascript:alert(1)',
        'file:///etc/passwd',
      ]) {
        op.knobs.metadata = { [member]: value }
        assert.equal(await outcome(discover(rp(op))), '500 metadata_invalid', `${member}: ${value}`)
      }
    }
    for (const member of ['userinfo_endpoint', 'end_session_endpoint', 'revocation_endpoint']) {
      op.knobs.metadata = { [member]: 'javascript:alert(1)' }
      assert.equal(await outcome(discover(rp(op))), '500 metadata_invalid', member)
      op.knobs.metadata = { [member]: undefined }
      assert.equal(await outcome(discover(rp(op))), '200 ok', `without ${member}`)
    }
    op.knobs.metadata = { token_endpoint_auth_methods_supported: 'client_secret_basic' }
    assert.equal(await outcome(discover(rp(op))), '500 metadata_invalid')
  })

  it('tells every way apart in which the document can not be had', async () => {
    const table: [Mischief, string][] = [
      ['error', '503 provider_unavailable'],
      ['drop', '503 provider_unavailable'],
      ['hang', '503 provider_unavailable'],
      ['slow', '503 provider_unavailable'],
      [{ status: 503, body: 'down' }, '503 provider_unavailable'],
      [{ status: 429, body: {} }, '503 provider_unavailable'],
      [{ status: 404, body: 'no such realm' }, '500 metadata_not_found'],
      [{ status: 403, body: {} }, '502 provider_response_invalid'],
      [{ status: 204 }, '502 provider_response_invalid'],
      ['redirect', '502 provider_response_invalid'],
      ['html', '502 provider_response_invalid'],
      ['garbage', '502 provider_response_invalid'],
      ['empty', '502 provider_response_invalid'],
      ['huge', '502 provider_response_invalid'],
      [{ body: '"text"' }, '502 provider_response_invalid'],
      [{ body: '[{}]' }, '502 provider_response_invalid'],
      [{ body: 'null' }, '502 provider_response_invalid'],
      // A plain file server may not know what it serves.
      ['wrong-type', '200 ok'],
    ]
    for (const [mischief, expected] of table) {
      op.knobs.mischief = { discovery: mischief }
      assert.equal(await outcome(discover(rp(op, { timeout: 1 }))), expected, JSON.stringify(mischief))
    }
  })

  it('says when nobody listens at all, and when the name does not resolve', async () => {
    const away = (configuration: string) => outcome(discover(rp(op, { configuration })))
    assert.equal(await away('http://localhost:1/realms/a'), '503 provider_unavailable')
    assert.equal(await away('http://no-such-host.invalid/realms/a'), '503 provider_unavailable')
  })

  it('never follows a redirect', async () => {
    op.knobs.mischief = { discovery: 'redirect' }
    await outcome(discover(rp(op)))
    assert.equal(op.counts.discovery, 1)
  })

  it('asks once for a thousand who come at once', async () => {
    const provider = rp(op)
    const release = op.hold('discovery')
    const all = Array.from({ length: 1000 }, () => discover(provider))
    await op.arrived('discovery', 1)
    all.push(...Array.from({ length: 1000 }, () => discover(provider)))
    release()
    const documents = new Set(await Promise.all(all))
    assert.deepEqual([documents.size, op.counts.discovery], [1, 1])
  })

  it('asks once also when a thousand learn that it fails', async () => {
    op.knobs.mischief = { discovery: 'error' }
    const provider = rp(op)
    const all = await Promise.all(Array.from({ length: 1000 }, () => outcome(discover(provider))))
    assert.deepEqual([...new Set(all)], ['503 provider_unavailable'])
    assert.equal(op.counts.discovery, 1)
  })

  it('leaves a provider that failed alone for some seconds, says for how many, and then tries again', async () => {
    const clock = fakeClock(1_900_000_000)
    op.knobs.mischief = { discovery: 'error' }
    const provider = rp(op, { now: clock.now })
    const retryAfter = async () => {
      const error = await discover(provider).catch(e => e)
      assert.ok(error instanceof KeycloakError)
      return error.headers['Retry-After']
    }
    assert.equal(await retryAfter(), '5')
    clock.advance(3)
    assert.equal(await retryAfter(), '2')
    assert.equal(op.counts.discovery, 1)
    op.knobs.mischief = {}
    assert.equal(await retryAfter(), '2')
    clock.advance(2)
    assert.equal((await discover(provider)).issuer, op.issuer)
    assert.equal(op.counts.discovery, 2)
  })

  it('reads anew after configurationMaxAge, and serves the last good copy while that fails', async () => {
    const clock = fakeClock()
    const provider = rp(op, { now: clock.now, configurationMaxAge: 60, timeout: 1 })
    await discover(provider)
    clock.advance(59)
    await discover(provider)
    assert.equal(op.counts.discovery, 1)
    clock.advance(1)
    for (const mischief of ['error', 'hang', 'html', 'drop', { status: 404, body: '' }] as Mischief[]) {
      op.knobs.mischief = { discovery: mischief }
      assert.equal((await discover(provider)).issuer, op.issuer)
      clock.advance(5)
    }
    // What was dropped is sent once more, unless a new connection was used for it.
    const looks: number = op.counts.discovery
    assert.ok(looks === 6 || looks === 7, `${looks} looks`)
    op.knobs.mischief = {}
    op.knobs.metadata = { end_session_endpoint: `${op.issuer}/elsewhere` }
    assert.equal((await discover(provider)).end_session_endpoint, `${op.issuer}/elsewhere`)
    assert.equal(op.counts.discovery, looks + 1)
  })

  it('does not take a new document with another issuer in place of the good one', async () => {
    const clock = fakeClock()
    const provider = rp(op, { now: clock.now, configurationMaxAge: 60 })
    await discover(provider)
    clock.advance(61)
    op.knobs.metadata = { issuer: 'https://evil.example', token_endpoint: 'https://evil.example/token' }
    const { issuer, token_endpoint } = await discover(provider)
    assert.deepEqual([issuer, token_endpoint], [op.issuer, `${op.issuer}/protocol/openid-connect/token`])
  })

  it('says who asks, and asks through the fetch it was given', async () => {
    await discover(rp(op))
    assert.match(op.last('discovery').headers['user-agent'] ?? '', /^koa-keycloak\/\d/)
    await discover(rp(op, { userAgent: 'my-app/1' }))
    assert.equal(op.last('discovery').headers['user-agent'], 'my-app/1')
    const urls: string[] = []
    await discover(
      rp(op, {
        fetch: (url, init) => {
          urls.push(url)
          return fetch(url, init)
        },
      }),
    )
    assert.deepEqual(urls, [op.discoveryUrl])
  })

  it('gives up in time also on a fetch that heeds no signal', async () => {
    const provider = rp(op, { timeout: 0.1, fetch: () => new Promise(() => {}) })
    assert.equal(await outcome(discover(provider)), '503 provider_unavailable')
  })

  it('takes a fetch that fails in its own way for a provider that is away', async () => {
    const broken = () => {
      throw new Error('the proxy says no')
    }
    assert.equal(await outcome(discover(rp(op, { fetch: broken }))), '503 provider_unavailable')
    const rejecting = () => Promise.reject(new Error('the proxy says no'))
    assert.equal(await outcome(discover(rp(op, { fetch: rejecting }))), '503 provider_unavailable')
  })
})
