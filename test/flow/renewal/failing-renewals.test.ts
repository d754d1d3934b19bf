import assert from 'node:assert/strict'
import { createServer, type Socket } from 'node:net'
import { Agent, fetch as undiciFetch } from 'undici'
import { KeycloakError } from '../../../src/index.js'
import type { TestAppOptions } from '../../support/app/app.js'
import { type ForgedApp, startForgedApp } from '../../support/app/forged-app.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import { fakeClock } from '../../support/clock.js'

/** A page that needs the user's access token. */
const needsToken: NonNullable<TestAppOptions['extend']> = (_app, router, keycloak) => {
  router.get('/token', async ctx => {
    await keycloak.accessToken(ctx)
    ctx.body = ''
  })
}

describe('A renewal that fails', function () {
  this.timeout(60_000) // many requests; the time between them is a clock's

  const clock = fakeClock()
  let app: ForgedApp
  let users: UserAgent[]
  beforeEach(async () => {
    app = await startForgedApp({ now: clock.now, extend: needsToken, maxAge: 100_000 }, { now: clock.now })
    app.forger.knobs.token = { refresh_expires_in: 0 }
    app.forger.knobs.refresh.rotate = false
    users = await Promise.all(Array.from({ length: 5 }, () => loggedIn(app)))
    app.forger.counts.token = 0
  })
  afterEach(() => app.close())

  async function loggedIn({ url }: ForgedApp): Promise<UserAgent> {
    const browser = new UserAgent()
    await browser.goto(`${url}/private`)
    return browser
  }

  const token = async (browser: UserAgent) => (await browser.goto(`${app.url}/token`)).status

  /** From now on the provider fails at the refresh token of this user alone. */
  async function bewitch(browser: UserAgent): Promise<void> {
    const { forger } = app
    clock.advance(300)
    await who(browser, app)
    const presented = () => forger.last('token').form.get('refresh_token')
    const cursed = presented()
    Object.defineProperty(forger.knobs.mischief, 'token', {
      get: () => (presented() === cursed ? 'error' : undefined),
    })
  }

  it('with 5xx for one login costs the others nothing', async () => {
    const [first, ...others] = users as [UserAgent, ...UserAgent[]]
    await bewitch(first)
    const served = { 200: 0, 503: 0, other: 0 }
    app.forger.counts.token = 0
    clock.advance(300) // so that the first one's renewal is due, too
    for (let n = 0; n < 120; n++) {
      clock.advance(5)
      assert.equal(await token(first), 503)
      for (const other of others) {
        const status = await token(other)
        served[status === 200 || status === 503 ? status : 'other']++
      }
    }
    console.log(`      others were served ${served[200]} times, and ${served[503]} times not`)
    assert.deepEqual(served, { 200: 480, 503: 0, other: 0 })
  })

  it('with 5xx for one login does not hide that another has ended', async () => {
    const [first, second] = users as [UserAgent, UserAgent]
    await bewitch(first)
    clock.advance(300)
    await token(first)
    app.forger.knobs.mischief = { token: { status: 400, body: { error: 'invalid_grant' } } }
    assert.equal((await who(second, app)).loggedIn, false)
  })

  it('with 5xx for several logins, and none that succeeds between, shows that the provider is away', async () => {
    app.forger.knobs.mischief = { token: 'error' }
    clock.advance(300)
    for (const user of users) assert.equal(await token(user), 503)
    assert.equal(app.forger.counts.token, 3)
    app.forger.knobs.mischief = {}
    clock.advance(5)
    for (const user of users) assert.equal(await token(user), 200)
  })

  it('without an answer shows that the provider is away, at once', async () => {
    await app.close()
    app = await startForgedApp({ now: clock.now, extend: needsToken, timeout: 0.3 }, { now: clock.now })
    users = await Promise.all(Array.from({ length: 3 }, () => loggedIn(app)))
    app.forger.counts.token = 0
    app.forger.knobs.mischief = { token: 'hang' }
    clock.advance(300)
    for (const user of users) assert.equal(await token(user), 503)
    assert.equal(app.forger.counts.token, 1)
  })

  it('on a connection that was closed while idle is sent once more on another, and fails for no user', async () => {
    await app.close()
    const relay = await startRelay()
    const agent = new Agent({ keepAliveTimeout: 60_000 })
    app = await startForgedApp(
      {
        now: clock.now,
        extend: needsToken,
        fetch: (url, request) =>
          undiciFetch(url.includes('/token') ? relay.instead(url) : url, { ...request, dispatcher: agent }),
      },
      { now: clock.now },
    )
    relay.forwardTo(app.forger.port)
    users = []
    for (let n = 0; n < 5; n++) users.push(await loggedIn(app))
    const statuses: number[] = []
    for (let n = 0; n < 4; n++) {
      clock.advance(300)
      relay.closeAtNextUse()
      for (const user of users) statuses.push(await token(user))
    }
    const failed = statuses.filter(status => status !== 200).length
    console.log(`      ${statuses.length - failed} times served, and ${failed} times not`)
    assert.equal(failed, 0)
    assert.equal(relay.closed, 4)
    await agent.close()
    await relay.close()
  })

  const aboutTheGrant = [
    'invalid_grant',
    'invalid_scope',
    'consent_required',
    'interaction_required',
    'login_required',
    'access_denied',
    'invalid_token',
  ]
  for (const error of aboutTheGrant) {
    it(`with ${error} ends that login, and no other`, async () => {
      const [first, second] = users as [UserAgent, UserAgent]
      clock.advance(300)
      app.forger.knobs.mischief = {
        token: { status: error === 'invalid_token' ? 401 : 400, body: { error } },
      }
      assert.equal(await token(first), 401)
      app.forger.knobs.mischief = {}
      assert.equal((await who(first, app)).loggedIn, false)
      assert.equal(await token(second), 200)
      assert.equal(app.forger.counts.token, 2)
    })
  }

  for (const error of ['invalid_request', 'unsupported_grant_type', 'temporarily_slow', 'invalid_client']) {
    it(`with ${error} pauses that login: 51 pages are one token request, and no page gets a 500`, async () => {
      const [first] = users as [UserAgent]
      clock.advance(300)
      app.forger.knobs.mischief = { token: { status: 400, body: { error } } }
      const statuses = new Set<number>()
      for (let n = 0; n < 51; n++) statuses.add(await token(first))
      assert.deepEqual(statuses, new Set([503]))
      assert.equal(app.forger.counts.token, 1)
      assert.equal((await who(first, app)).loggedIn, true)
      app.forger.knobs.mischief = {}
      clock.advance(5)
      assert.equal(await token(first), 200)
    })
  }

  it('since its ID token does not verify is asked for once, and its refresh token is not used again', async () => {
    const [first] = users as [UserAgent]
    clock.advance(300)
    app.forger.knobs.idToken = { trick: 'foreign-key' }
    app.forger.knobs.refresh.rotate = true
    assert.equal(await token(first), 401)
    assert.equal(app.forger.counts.token, 1)
    app.forger.knobs.idToken = {}
    for (let n = 0; n < 5; n++) {
      clock.advance(100)
      assert.equal(await token(first), 401)
      assert.equal((await who(first, app)).loggedIn, true)
    }
    assert.equal(app.forger.counts.token, 1)
    assert.ok(app.errors.some(error => error instanceof KeycloakError && error.code === 'id_token_invalid'))
  })
})

/** A hop before the provider that closes a connection just when it is used again. */
async function startRelay() {
  let target = 0
  let isArmed = false
  const relay = { closed: 0 }
  const server = createServer(near => {
    let used = false
    const far = pipeTo(near, target)
    near.on('data', data => {
      if (used && isArmed) {
        isArmed = false
        relay.closed++
        far.destroy()
        near.destroy()
        return
      }
      used = true
      far.write(data)
    })
  })
  await new Promise<void>(resolve => server.listen(0, 'localhost', resolve))
  const address = server.address() as { port: number }
  return Object.assign(relay, {
    forwardTo: (port: number) => {
      target = port
    },
    instead: (url: string) => url.replace(/:\d+/, `:${address.port}`),
    closeAtNextUse: () => {
      isArmed = true
    },
    close: () => new Promise(resolve => server.close(resolve)),
  })
}

function pipeTo(near: Socket, port: number): Socket {
  const far = new (near.constructor as typeof Socket)().connect(port, 'localhost')
  far.on('data', data => near.write(data))
  far.on('error', () => near.destroy()).on('close', () => near.destroy())
  near.on('error', () => far.destroy()).on('close', () => far.destroy())
  return far
}
