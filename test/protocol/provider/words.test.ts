import assert from 'node:assert/strict'
import Koa from 'koa'
import { clientToken, KeycloakError, type Provider } from '../../../src/index.js'
import { fetchUserInfo } from '../../../src/protocol/api/user-info.js'
import { discover } from '../../../src/protocol/provider/discover.js'
import { authorize, exchange, logIn, rp } from '../../support/app/rp.js'
import { serve } from '../../support/app/serve.js'
import { type Forger, startForger } from '../../support/forger/forger.js'

describe('What the log says of a failure of the provider', () => {
  let op: Forger
  before(async () => {
    op = await startForger()
  })
  beforeEach(() => op.reset())
  after(() => op.close())

  /** What Koa itself prints of an error that a request ends in. */
  async function printed(fail: (provider: Provider) => Promise<unknown>, provider = rp(op)): Promise<string> {
    const app = new Koa().use(() => fail(provider).then(() => undefined))
    const served = await serve(app)
    const { error: print } = console
    const lines: string[] = []
    console.error = (...texts: unknown[]) => lines.push(texts.join(' '))
    try {
      await fetch(served.url)
    } finally {
      console.error = print
      await served.close()
    }
    return lines.join('\n').trim()
  }

  it('begins with class and code, also where there is a cause', async () => {
    op.knobs.mischief = { token: { status: 401, body: { error: 'invalid_client' } } }
    assert.match(await printed(clientToken), /^ProviderError \[client_rejected\]: The identity provider /)
    op.knobs.mischief = { discovery: 'drop' }
    assert.match(await printed(discover), /^ProviderError \[provider_unavailable\]: The identity provider /)
  })

  it('has the address that was asked, without its query', async () => {
    op.knobs.mischief = { discovery: { status: 404 } }
    const provider = rp(op, { configuration: `${op.discoveryUrl}?key=secret` })
    const notFound = await printed(discover, provider)
    assert.match(notFound, /^ProviderError \[metadata_not_found\]/)
    assert.ok(notFound.includes(`(Asked: ${op.discoveryUrl})`), notFound)
    assert.doesNotMatch(notFound, /secret/)
    for (const [endpoint, fail] of [
      ['discovery', discover],
      ['token', clientToken],
      ['jwks', logIn],
      ['userinfo', (p: Provider) => fetchUserInfo(p, 'token', 'user-1')],
    ] as const) {
      op.reset()
      for (const mischief of ['drop', 'error'] as const) {
        op.knobs.mischief = { [endpoint]: mischief }
        const text = await printed(fail)
        assert.match(text, /^ProviderError \[provider_unavailable\]/, endpoint)
        assert.match(text, /\(Asked: http:\/\/localhost:\d+\/realms\/forged\/[\w./-]+\)/)
      }
    }
  })

  it('tells a realm that requires SSL from a proxy in its place, at every endpoint', async () => {
    const refusal = { status: 403, body: { error: 'invalid_request', error_description: 'HTTPS required' } }
    for (const [endpoint, fail] of [
      ['discovery', discover],
      ['jwks', logIn],
      ['token', clientToken],
    ] as const) {
      op.reset()
      op.knobs.mischief = { [endpoint]: refusal }
      assert.match(await printed(fail), /^ProviderError \[https_required\]: .*Require SSL/, endpoint)
    }
  })

  async function refusedLogin(authorization: object): Promise<KeycloakError> {
    op.knobs.authorization = { code: undefined, ...authorization }
    const provider = rp(op)
    const error = await exchange(provider, await authorize(provider)).catch(failure => failure)
    assert.ok(error instanceof KeycloakError)
    return error
  }

  it('has words of its own for a missing iss, and names the switch', async () => {
    const error = await refusedLogin({ code: 'x', iss: undefined })
    assert.deepEqual([error.code, error.status], ['issuer_missing', 400])
    assert.match(error.message, /Exclude Issuer From Authentication Response/)
  })

  it('and for what a login can not reach, and for a registration that there is not', async () => {
    const unmet = await refusedLogin({ error: 'unmet_authentication_requirements' })
    assert.deepEqual([unmet.code, unmet.status], ['step_up_failed', 403])
    const closed = await refusedLogin({ error: 'registration_not_supported' })
    assert.deepEqual([closed.code, closed.status], ['authorization_rejected', 400])
    assert.equal(closed.reason, 'registration_not_supported')
    assert.match(closed.message, /does not let users register/)
  })

  it('knows the words of every object for no error codes', async () => {
    for (const word of ['constructor', '__proto__', 'toString', 'hasOwnProperty', 'valueOf']) {
      const error = await refusedLogin({ error: word })
      assert.deepEqual([error.code, error.reason], ['authorization_rejected', 'other'], word)
      op.reset()
      op.knobs.mischief = { token: { status: 400, body: { error: word } } }
      const failure = await clientToken(rp(op)).catch(e => e)
      assert.equal(failure.code, 'provider_rejected', word)
    }
  })
})
