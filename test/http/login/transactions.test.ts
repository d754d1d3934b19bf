import assert from 'node:assert/strict'
import Koa from 'koa'
import { saveTransaction, takeTransaction, type UnknownReason } from '../../../src/http/login/transactions.js'
import type { Context } from '../../../src/index.js'
import type { Transaction } from '../../../src/protocol/login/authorization.js'
import { createProvider } from '../../../src/provider/provider.js'
import { type Served, serve } from '../../support/app/serve.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

const clock = fakeClock()
const provider = (name: string) =>
  createProvider({ configuration: 'https://op.example', clientId: 'app', name, now: clock.now })
const providers = [provider('keycloak'), provider('a-provider-with-a-rather-long-n')] as const

let states = 0

/** A login that is begun; `fill` is what its address is filled up with. */
function begun(fill = '', rest: Partial<Transaction> = {}): Transaction {
  states++
  return {
    state: `state-${states}`,
    nonce: 'n'.repeat(43),
    codeVerifier: 'v'.repeat(43),
    redirectUri: 'https://app.example/openid/auth',
    returnTo: `/${fill}`,
    startedAt: clock.now(),
    ...rest,
  }
}

describe('Logins under way in one browser', () => {
  let visit: (ctx: Context) => unknown
  let app: Served
  let browser: UserAgent
  const keys = ['a key for tests']
  before(async () => {
    const koa = new Koa({ keys })
    koa.use(ctx => {
      ctx.body = { result: visit(ctx) ?? null }
    })
    app = await serve(koa)
  })
  beforeEach(() => {
    browser = new UserAgent()
  })
  after(() => app.close())

  async function run<T>(work: (ctx: Context) => T): Promise<T> {
    visit = work
    return (await browser.goto(app.url)).json<{ result: T }>().result
  }
  const save = (transaction: Transaction, of = providers[0]) => {
    return run(ctx => saveTransaction(of, ctx, transaction))
  }
  const take = (state: string, of = providers[0]) => run(ctx => takeTransaction(of, ctx, state))
  const header = () =>
    browser.jar.header({ url: new URL(app.url), crossSite: false, topLevelGet: true }) ?? ''

  it('comes back as it was, once', async () => {
    for (const transaction of [
      begun('orders/7?a=1&b=;,"\\^|'),
      begun('', { silent: true, maxAge: 60, acr: ['gold', 'sülver'] }),
    ]) {
      await save(transaction)
      assert.deepEqual(await take(transaction.state), transaction)
      assert.equal(await take(transaction.state), 'no_cookie')
    }
  })

  it('takes one cookie, with its signature in it', async () => {
    await save(begun())
    assert.match(header(), /^keycloak\.login\.[\w-]{22}=[^;]+\.[\w-]{27}$/)
    assert.ok(header().length < 250, String(header().length))
  })

  for (const [kind, fill] of [
    ['without a path', ''],
    ['with 700 characters', 'x'.repeat(700)],
    ['of the kind that grows when it is written', `?${'\\'.repeat(260)}`],
  ] as const) {
    it(`stay under 4 KB over all providers, addresses ${kind}`, async () => {
      for (let i = 0; i < 30; i++) {
        clock.advance(1)
        await save(begun(fill), providers[i % 2])
        assert.ok(header().length <= 4096, `${header().length} bytes after ${i + 1}`)
      }
      assert.ok(header().length > 2900, `${header().length}: no more than needed goes`)
    })
  }

  it('lose the oldest first, whichever provider’s it is', async () => {
    const all = []
    for (let i = 0; i < 6; i++) {
      clock.advance(1)
      const transaction = begun('x'.repeat(700))
      all.push({ transaction, of: providers[i % 2] })
      await save(transaction, providers[i % 2])
    }
    const there = []
    for (const { transaction, of } of all) {
      there.push(typeof (await take(transaction.state, of)) === 'object')
    }
    assert.deepEqual(there, [false, false, true, true, true, true])
  })

  it('are refused when one alone is larger than all may be', async () => {
    visit = ctx =>
      saveTransaction(providers[0], ctx, begun('', { redirectUri: `https://${'a'.repeat(4000)}` }))
    assert.equal((await browser.goto(app.url)).status, 400)
    assert.equal(header(), '')
  })

  it('leave an answer room for headers of others, also when many go', async () => {
    for (let i = 0; i < 16; i++) await save(begun())
    const transaction = begun('x'.repeat(790))
    visit = ctx => saveTransaction(providers[0], ctx, transaction)
    const { headers } = await browser.goto(app.url)
    const bytes = [headers['set-cookie'] ?? []].flat().reduce((sum, text) => sum + text.length + 14, 0)
    assert.ok(bytes < 2000, `${bytes} bytes of Set-Cookie`)
  })

  describe('tell why one is not known', () => {
    const reasons: [UnknownReason, () => Promise<void>][] = [
      ['no_cookie', async () => browser.jar.clear()],
      [
        'other_keys',
        async () => {
          keys[0] = 'another key'
        },
      ],
      ['too_old', async () => clock.advance(601)],
    ]
    for (const [reason, happens] of reasons) {
      it(reason, async () => {
        const transaction = begun()
        await save(transaction)
        await happens()
        assert.equal(await take(transaction.state), reason)
        assert.equal(header(), '', 'and it is gone')
        keys[0] = 'a key for tests'
      })
    }

    it('unreadable', async () => {
      const transaction = begun('', { returnTo: '' })
      await save(transaction)
      assert.equal(await take(transaction.state), 'unreadable')
    })
  })
})
