import assert from 'node:assert/strict'
import { type StandIn, startStandIn } from '../../../example/stand-in/stand-in.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { useEach } from '../../support/use.js'
import { RelyingParty } from './relying-party.js'

describe('The stand-in Keycloak: its own address', () => {
  const seen: string[] = []
  const app = useEach(() => new RelyingParty('app').start())
  const op: StandIn = useEach(() =>
    startStandIn({
      clients: [app.client],
      users: [{ username: '<alice>', password: 'alice' }],
      onRequest: req => seen.push(`${req.method} ${req.url?.split('?')[0]}`),
    }),
  )

  it('shows a browser what this is, and who is logged in where', async () => {
    const agent = new UserAgent()
    const origin = new URL(op.issuer).origin
    const before = await agent.goto(origin)
    assert.equal(before.url, op.issuer)
    assert.match(before.text, /stands in for Keycloak.*Nobody is logged in/)
    await agent.submit(await agent.goto(await app.loginUrl(op)), { username: '<alice>', password: 'alice' })
    const { text, body } = await agent.goto(op.issuer)
    assert.match(text, /<alice> app/)
    assert.ok(!body.includes('<alice>'))
    assert.deepEqual(op.sessions(), [{ username: '<alice>', applications: ['app'] }])
    for (const link of before.links) assert.equal((await agent.fetch(link)).status, 200)
  })

  it('answers programs in the words of Keycloak', async () => {
    const answer = await fetch(op.issuer)
    const body = (await answer.json()) as Record<string, unknown>
    assert.deepEqual(Object.keys(body), [
      'realm',
      'public_key',
      'token-service',
      'account-service',
      'tokens-not-before',
    ])
  })

  it('tells every request to who watches', async () => {
    seen.length = 0
    await fetch(`${op.issuer}/`)
    assert.deepEqual(seen, ['GET /realms/demo/'])
  })

  it('shows a browser a page where it is out of order, and says it to programs in JSON', async () => {
    op.fail('unavailable', ['authorization', 'end_session'])
    const address = await app.loginUrl(op)
    const page = await new UserAgent().goto(address)
    assert.equal(page.status, 503)
    assert.match(page.text, /Keycloak is down/)
    assert.equal((await new UserAgent().goto(`${op.issuer}/protocol/openid-connect/logout`)).status, 503)
    const program = await fetch(address)
    assert.deepEqual(
      [program.status, (await program.json()) as unknown],
      [503, { error: 'temporarily_unavailable', error_description: 'Out of order' }],
    )
  })
})
