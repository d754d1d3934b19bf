import assert from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { PassThrough } from 'node:stream'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { requestLogout, useForgedAppEach } from '../../support/app/forged-app.js'
import { attachSockets, openedSocket } from '../../support/app/sockets.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { until } from '../../support/until.js'

/** LIVE_CONNECTIONS=10000 for all of them; a sample of it otherwise. */
const CONNECTIONS = Number(process.env.LIVE_CONNECTIONS ?? 1000)
const AT_ONCE = 100

describe('state.signal', () => {
  const signals: WeakRef<AbortSignal>[] = []
  const app = useForgedAppEach(() => ({
    liveCheck: 0.1,
    attach: attachSockets,
    extend: (_, router, keycloak) => {
      router.get('/events', keycloak.requireLogin(), ctx => {
        const stream = new PassThrough()
        const { signal } = ctx.state.keycloak
        signals.push(new WeakRef(signal))
        assert.equal(ctx.state.keycloak.signal, signal)
        signal.addEventListener('abort', () => stream.end(`event: logout\ndata: ${signal.reason.code}\n\n`))
        stream.write('data: hello\n\n')
        ctx.type = 'text/event-stream'
        ctx.body = stream
      })
      router.get('/short', keycloak.requireLogin(), ctx => {
        signals.push(new WeakRef(ctx.state.keycloak.signal))
        ctx.body = 'short'
      })
      router.get('/late', keycloak.requireLogin(), ctx => {
        const { res } = ctx
        const { keycloak: state } = ctx.state
        res.once('close', () => signals.push(new WeakRef(state.signal)))
        ctx.body = 'late'
      })
      router.get('/nobody', ctx => {
        ctx.body = { signal: String(ctx.state.keycloak.signal) }
      })
    },
  }))
  const watched = () => app.keycloak.provider.logins.watched.size
  beforeEach(() => {
    signals.length = 0
  })

  async function loggedIn(): Promise<UserAgent> {
    const agent = new UserAgent()
    await agent.goto(`${app.url}/private`)
    return agent
  }

  it('ends a stream of events with its login', async () => {
    const events = await stream(`${app.url}/events`, await loggedIn())
    await until(() => events.text === 'data: hello\n\n')
    await requestLogout(app)
    await until(() => events.ended)
    assert.match(events.text, /^event: logout\ndata: login_required$/m)
    await until(() => watched() === 0)
  })

  it('is watched no longer than its connection is open', async () => {
    const agent = await loggedIn()
    const events = await stream(`${app.url}/events`, agent)
    assert.equal(watched(), 1)
    events.leave()
    await until(() => watched() === 0)
    assert.equal((await agent.goto(`${app.url}/short`)).body, 'short')
    await until(() => watched() === 0)
    await agent.goto(`${app.url}/late`)
    await until(() => signals.length === 3)
    assert.equal(watched(), 0)
  })

  it('is not there for whoever is not logged in', async () => {
    assert.deepEqual((await new UserAgent().goto(`${app.url}/nobody`)).json(), { signal: 'undefined' })
  })

  it(`leaves nothing behind after ${CONNECTIONS} connections`, async function () {
    this.timeout(20_000 + CONNECTIONS * 30)
    const agent = await loggedIn()
    const once = async (i: number) => {
      if (i % 2) return void (await agent.fetch(`${app.url}/short`))
      const { ws, closed } = await openedSocket(app.url, agent)
      ws.terminate()
      await closed
    }
    const many = async (count: number) => {
      for (let done = 0; done < count; done += AT_ONCE) {
        await Promise.all(Array.from({ length: AT_ONCE }, (_, i) => once(i)))
      }
      await until(() => watched() === 0)
    }
    await many(AT_ONCE * 2)
    const before = heap()
    await many(CONNECTIONS)
    const grown = (heap() - before) / CONNECTIONS
    assert.deepEqual(signals.filter(signal => signal.deref() !== undefined).length, 0)
    // A login with its tokens has 4 KB; some hundred bytes are what any request leaves in this test's own process.
    assert.ok(grown < 2000, `${grown} bytes of each connection stay behind`)
  })
})

/** Bytes in use, after what is not in use was collected. */
function heap(): number {
  setFlagsFromString('--expose-gc')
  const gc: () => void = runInNewContext('gc')
  gc()
  gc()
  return process.memoryUsage().heapUsed
}

interface Stream {
  text: string
  ended: boolean
  leave(): void
}

function stream(url: string, agent: UserAgent): Promise<Stream> {
  const cookie = agent.jar.header({ url: new URL(url), crossSite: false, topLevelGet: false })
  return new Promise((resolve, reject) => {
    const req = get(url, { headers: { cookie } }, (response: IncomingMessage) => {
      const seen: Stream = { text: '', ended: false, leave: () => req.destroy() }
      response.setEncoding('utf8').on('data', text => {
        seen.text += text
      })
      response.on('end', () => {
        seen.ended = true
      })
      response.on('error', () => undefined)
      resolve(seen)
    })
    req.on('error', reject)
  })
}
