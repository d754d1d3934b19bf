import assert from 'node:assert/strict'
import type { KeycloakSecurityEvent, SecurityEventPoll } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { useForgedAppEach } from '../../support/app/forged-app.js'
import { useServed } from '../../support/app/serve.js'
import { complex, signEvent } from '../../support/app/transmitter.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { watchedStore } from '../../support/redis/watched-store.js'
import { until } from '../../support/until.js'

interface PollRequest {
  maxEvents: number
  ack: string[]
  setErrs: Record<string, { err: string }>
}

describe('pollSecurityEvents()', () => {
  const store = watchedStore()
  const refusals = useEvents('security_event.refused')
  const app = useForgedAppEach({ store })
  let outbox = new Map<string, string>()
  let requests: PollRequest[] = []
  let authorizations: unknown[] = []
  let status = 200
  let poll: SecurityEventPoll | undefined

  // As Keycloak does it: what is acknowledged goes, and every answer has what is left, two at a time.
  const transmitter = useServed(() => ({
    callback: () => async (req, res) => {
      let body = ''
      for await (const part of req) body += part
      const request = JSON.parse(body) as PollRequest
      requests.push(request)
      authorizations.push(req.headers.authorization)
      if (status === 200)
        for (const jti of [...request.ack, ...Object.keys(request.setErrs)]) outbox.delete(jti)
      const sets = Object.fromEntries([...outbox].slice(0, 2))
      res.writeHead(status, { 'content-type': 'application/json' })
      res.end(JSON.stringify({ sets, moreAvailable: outbox.size > 2 }))
    },
  }))

  beforeEach(() => {
    outbox = new Map()
    requests = []
    authorizations = []
    status = 200
    store.broken = false
  })
  afterEach(() => poll?.stop())

  function start(onEvent?: (event: KeycloakSecurityEvent) => unknown): void {
    poll = app.keycloak.pollSecurityEvents({
      endpoint: transmitter.url,
      interval: 0.05,
      ...(onEvent && { onEvent }),
    })
  }
  async function post(jti: string, sub: string, ...more: unknown[]): Promise<void> {
    outbox.set(
      jti,
      await signEvent(app.forger, {
        jti,
        sub_id: complex(app.forger, sub, 'ALL'),
        ...Object.assign({}, ...more),
      }),
    )
  }
  async function logIn(sub: string): Promise<UserAgent> {
    app.forger.knobs.sub = sub
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    return browser
  }

  it('ends what events cover, and acknowledges each, with a token of the client', async () => {
    const browsers = [await logIn('a'), await logIn('b'), await logIn('c')]
    for (const sub of ['a', 'b', 'c']) await post(`event of ${sub}`, sub)
    const seen: string[] = []
    start(event => void seen.push(`${event.sub} ${event.ended}`))
    await until(() => outbox.size === 0)
    for (const browser of browsers) assert.equal((await who(browser, app)).loggedIn, false)
    assert.deepEqual(seen, ['a 1', 'b 1', 'c 1'])
    assert.match(String(authorizations[0]), /^Bearer ./)
    assert.equal(app.forger.last('token').form.get('scope'), 'ssf.read')
  })

  it('does not acknowledge what it could not do, and does it later', async () => {
    const browser = await logIn('a')
    await post('later', 'a')
    store.broken = true
    start()
    await until(() => requests.length >= 2)
    assert.deepEqual([outbox.size, refusals.at(-1)?.[1].code], [1, 'store_unavailable'])
    store.broken = false
    await until(() => outbox.size === 0)
    assert.equal((await who(browser, app)).loggedIn, false)
  })

  it('tells the transmitter what is not valid, and goes on with the others', async () => {
    await post('wrong', 'a', { aud: 'other' })
    await post('right', 'a')
    start()
    await until(() => outbox.size === 0)
    const errors = Object.assign({}, ...requests.map(({ setErrs }) => setErrs))
    assert.deepEqual([errors.wrong?.err, Object.keys(errors)], ['invalid_audience', ['wrong']])
    assert.ok(requests.some(({ ack }) => ack.includes('right')))
  })

  it('serves an event once that comes again, and again one whose hook threw', async () => {
    const seen: string[] = []
    await post('once', 'a')
    start(event => {
      seen.push(event.jti)
      if (seen.length === 1) throw new Error('no mail server')
    })
    await until(() => outbox.size === 0)
    await post('once', 'a')
    await until(() => outbox.size === 0)
    assert.deepEqual(seen, ['once', 'once'])
  })

  it('goes on when the transmitter is back', async () => {
    status = 503
    await post('then', 'a')
    start()
    await until(() => requests.length >= 3)
    status = 200
    await until(() => outbox.size === 0)
    assert.equal(refusals[0]?.[1].code, 'provider_unavailable')
  })

  it('is stopped', async () => {
    start()
    await until(() => requests.length >= 1)
    await poll?.stop()
    const before = requests.length
    await new Promise(resolve => setTimeout(resolve, 200))
    assert.equal(requests.length, before)
  })

  it('has to be told where, and how often in seconds', () => {
    const { pollSecurityEvents } = app.keycloak
    for (const options of [{}, { endpoint: 'poll' }, { endpoint: transmitter.url, interval: 60_000 }]) {
      assert.throws(() => pollSecurityEvents(options as never), { code: 'invalid_options' })
    }
  })
})
