import assert from 'node:assert/strict'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { connect } from 'node:net'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak, type Keycloak, loadLogin } from '../../../src/index.js'
import { serve } from '../../support/app/serve.js'
import { attachSockets, openSocket } from '../../support/app/sockets.js'
import { useForger } from '../../support/forger/forger.js'
import { until } from '../../support/until.js'
import { useStart } from '../../support/use.js'

type Lay = (app: Koa, keycloak: Keycloak) => void

describe('authenticateUpgrade()', () => {
  const forger = useForger()
  const started = useStart(async (lay: Lay, attach: typeof attachSockets = attachSockets) => {
    const { discoveryUrl: configuration, clientId } = forger
    const keycloak = createKeycloak({ configuration, clientId, clientSecret: 's3cret' })
    const app = new Koa({ keys: ['a key for tests'] })
    const errors: unknown[] = []
    app.on('error', error => errors.push(error.code ?? error.message))
    lay(app, keycloak)
    const attached = (server: Server) => attach(server, app, keycloak)
    const served = await serve({ callback: () => app.callback(), attach: attached })
    return { ...served, errors, app, keycloak }
  })

  async function refusal(lay: Lay) {
    const { url, errors } = await started(lay)
    const refused = await openSocket(url)
    assert.ok('status' in refused)
    return { status: refused.status, body: JSON.parse(refused.body), errors }
  }

  it('runs what stands before the login, and nothing behind it', async () => {
    const ran: string[] = []
    const note = (name: string): Koa.Middleware => {
      return async (_, next) => {
        ran.push(name)
        await next()
      }
    }
    const { status } = await refusal((app, keycloak) => {
      app.use(note('before')).use(session({}, app)).use(loadLogin(keycloak.provider)).use(note('behind'))
    })
    assert.deepEqual([status, ran], [401, ['before']])
  })

  it('says what is missing in an application that never loads a login', async () => {
    const { status, body, errors } = await refusal(app => app.use(session({}, app)))
    assert.deepEqual([status, body, errors], [500, {}, ['piece_missing']])
  })

  it('says so where there is no session', async () => {
    const { status, errors } = await refusal((app, keycloak) => app.use(keycloak.routes()))
    assert.deepEqual([status, errors], [500, ['session_missing']])
  })

  it('refuses what the application refuses before it asks for the login', async () => {
    const limit: Koa.Middleware = ctx => {
      ctx.status = 429
    }
    assert.equal((await refusal(app => app.use(limit))).status, 429)
    const page: Koa.Middleware = ctx => {
      ctx.body = 'a page'
    }
    assert.equal((await refusal(app => app.use(page))).status, 403)
  })

  const store = { get: away, set: away, destroy: away }
  const swallow: Koa.Middleware = async (ctx, next) => {
    try {
      await next()
    } catch {
      ctx.body = 'It did not work.'
    }
  }
  for (const [what, first] of [
    ['is away', undefined],
    ['is away, and the application makes an answer of each failure', swallow],
  ] as const) {
    it(`refuses with 503 when the store of sessions ${what}`, async () => {
      const { url, errors } = await started((app, keycloak) => {
        if (first) app.use(first)
        app.use(session({ store, signed: false }, app)).use(keycloak.routes())
      })
      const refused = await openSocket(url, undefined, { cookie: 'koa.sess=some-id' })
      assert.ok('status' in refused)
      assert.deepEqual([refused.status, errors], [503, ['connection lost']])
    })
  }

  it('refuses a malformed Host', async () => {
    const { url } = await started((app, keycloak) => app.use(session({}, app)).use(keycloak.routes()))
    const refused = await openSocket(url, undefined, { host: 'a b', origin: 'http://a' })
    assert.ok('status' in refused)
    assert.equal(refused.status, 400)
  })

  it('outlives a browser that goes away while the login is looked for', async () => {
    let outcome: unknown
    const { port } = await started(
      (app, keycloak) => app.use(session({}, app)).use(keycloak.routes()),
      (server, app, keycloak) => {
        server.on('upgrade', async (request, socket) => {
          const asked = keycloak.authenticateUpgrade(app, request)
          request.socket.resetAndDestroy()
          request.socket.emit('error', new Error('read ECONNRESET'))
          outcome = await asked
          request.socket.emit('error', new Error('read ECONNRESET'))
          keycloak.refuseUpgrade(socket)
        })
      },
    )
    const socket = connect(port, 'localhost').on('error', () => undefined)
    const closed = new Promise(resolve => socket.on('close', resolve))
    await once(socket, 'connect')
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n')
    await closed
    await until(() => outcome !== undefined)
  })

  it('checks what it is given', async () => {
    const { keycloak, app } = await started((app, keycloak) => app.use(keycloak.routes()))
    const js = keycloak as unknown as { authenticateUpgrade(...args: unknown[]): Promise<unknown> }
    for (const args of [[], [app], [app, {}], [{}, {}], [app.callback()]]) {
      await assert.rejects(js.authenticateUpgrade(...args), { code: 'invalid_options' })
    }
  })
})

async function away(): Promise<never> {
  throw Object.assign(new Error('connection lost'), { status: 503 })
}
