import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { clientToken, keptClientTokens } from '../../../src/protocol/api/client-token.js'
import { outcome, rp } from '../../support/app/rp.js'
import { fakeClock } from '../../support/clock.js'
import { type Mischief, useForger } from '../../support/forger/forger.js'

describe("The application's own token", () => {
  const clock = fakeClock()
  const op = useForger({ now: clock.now })
  beforeEach(() => op.reset())

  const relying = () => rp(op, { now: clock.now, timeout: 1 })

  it('is asked for with the client credentials, and kept until shortly before its end', async () => {
    const provider = relying()
    const { accessToken } = await clientToken(provider)
    assert.equal(op.last('token').form.get('grant_type'), 'client_credentials')
    assert.equal(op.last('token').form.get('scope'), null)
    clock.advance(289)
    assert.equal((await clientToken(provider)).accessToken, accessToken)
    clock.advance(1)
    assert.notEqual((await clientToken(provider)).accessToken, accessToken)
    assert.equal(op.counts.token, 2)
  })

  it('is asked for once for a hundred who want it, also when the one that was kept is spent', async () => {
    const provider = relying()
    const all = () => Promise.all(Array.from({ length: 100 }, () => clientToken(provider)))
    await all()
    clock.advance(300)
    await all()
    assert.equal(op.counts.token, 2)
  })

  it('is another one for other scopes', async () => {
    const provider = relying()
    await clientToken(provider, { scopes: ['a', 'b'] })
    assert.equal(op.last('token').form.get('scope'), 'a b')
    await clientToken(provider)
    await clientToken(provider, { scopes: ['a', 'b'] })
    assert.equal(op.counts.token, 2)
  })

  it('is asked for anew when the clock was set back: nobody knows how old it is', async () => {
    const provider = relying()
    const { accessToken } = await clientToken(provider)
    clock.advance(-3600)
    assert.notEqual((await clientToken(provider)).accessToken, accessToken)
    clock.advance(3600)
  })

  it('is kept for the scopes that were wanted last, and not for any number of them', async () => {
    const provider = relying()
    for (let n = 0; n <= 100; n++) await clientToken(provider, { scopes: [`organization:${n}`] })
    assert.equal(keptClientTokens(provider), 100)
    await clientToken(provider, { scopes: ['organization:100'] })
    assert.equal(op.counts.token, 101)
  })

  it('has no user, and does not show when it is printed', async () => {
    const token = await clientToken(relying())
    assert.equal(token.idTokenClaims, undefined)
    assert.ok(!inspect(token).includes(token.accessToken))
    assert.ok(!JSON.stringify(token).includes(token.accessToken))
  })

  it('tells every failure apart, and is asked for anew after one', async () => {
    const error = (status: number, name: string) => ({ status, body: { error: name } })
    const table: [Mischief, string][] = [
      [error(401, 'invalid_client'), '500 client_rejected'],
      [error(400, 'unauthorized_client'), '500 client_rejected'],
      [error(400, 'invalid_scope'), '500 provider_rejected'],
      [error(400, 'invalid_grant'), '500 provider_rejected'],
      ['error', '503 provider_unavailable'],
      ['hang', '503 provider_unavailable'],
      ['huge', '502 provider_response_invalid'],
      ['html', '502 provider_response_invalid'],
    ]
    const provider = relying()
    for (const [mischief, expected] of table) {
      op.knobs.mischief = { token: mischief }
      const all = await Promise.all([outcome(clientToken(provider)), outcome(clientToken(provider))])
      assert.deepEqual(all, [expected, expected], JSON.stringify(mischief))
    }
    assert.equal(op.counts.token, table.length)
    op.knobs.mischief = {}
    assert.equal(await outcome(clientToken(provider)), '200 ok')
  })
})
