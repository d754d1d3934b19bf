import assert from 'node:assert/strict'
import { once } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { openedSocket, openSocket } from '../support/app/sockets.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { useRedis } from '../support/redis/redis.js'
import { address, type Program, start } from './program.js'

describe('The recipes', function () {
  this.timeout(30_000) // whole processes are started, on machines that may be busy

  let program: Program

  async function started(name: string, env: Record<string, string> = {}): Promise<string> {
    program = start(`recipes/${name}`, { PORT: '0', API_PORT: '0', ...env })
    return address(program)
  }

  afterEach(async () => {
    assert.equal(await program.end(), 0)
  })

  it('by-hand.ts: an audit stands between the code exchange and the session, and can say no', async () => {
    const url = await started('by-hand.ts')
    const browser = new UserAgent()
    const page = await browser.login(`${url}/login?returnTo=/`, 'alice', 'alice')
    assert.equal(page.url, `${url}/`)
    assert.equal(page.json<{ token: { username: string } }>().token.username, 'alice')
    assert.match(program.output, /^alice .* may come in$/m)
    const bye = await browser.goto(`${url}/logout`, { from: url })
    assert.equal(bye.url, `${url}/bye`)

    const eve = new UserAgent()
    const refused = await eve.login(`${url}/`, 'eve', 'eve')
    assert.equal(refused.status, 403)
    assert.match(program.output, /^eve .* may not come in$/m)
    assert.equal((await eve.fetch(`${url}/`)).status, 401)
  })

  it('two-providers.ts: one browser is a customer and an employee, and logs out of one alone', async () => {
    const url = await started('two-providers.ts')
    const browser = new UserAgent()
    const orders = await browser.login(`${url}/orders`, 'alice', 'alice')
    assert.equal(orders.url, `${url}/orders`)
    const stock = await browser.login(`${url}/stock`, 'bob', 'bob')
    assert.equal(stock.url, `${url}/stock`)
    const who = async () => (await browser.goto(url)).json()
    assert.deepEqual(await who(), { customer: 'alice', employee: 'bob' })
    await browser.goto(`${url}/staff/logout`, { from: url })
    assert.deepEqual(await who(), { customer: 'alice' })
  })

  it('devices.ts: lists where a user is logged in, and ends the other logins', async () => {
    const url = await started('devices.ts')
    const [phone, laptop] = [new UserAgent(), new UserAgent()]
    await laptop.login(url, 'alice', 'alice')
    const page = await phone.login(url, 'alice', 'alice')
    assert.deepEqual([...page.body.matchAll(/<b>here|>log out<\/button>/g)].map(String).sort(), [
      '<b>here',
      '>log out</button>',
    ])
    const foreign = await phone.goto(`${url}/end-others`, { method: 'POST', from: 'https://evil.example/' })
    assert.equal(foreign.status, 403)
    const after = await phone.goto(`${url}/end-others`, { method: 'POST', from: `${url}/` })
    assert.equal(after.url, `${url}/`)
    assert.doesNotMatch(after.body, />log out<\/button>/)
    assert.equal((await laptop.fetch(url)).status, 401)
  })

  it('public-client.ts: logs in without a secret', async () => {
    const url = await started('public-client.ts')
    const page = await new UserAgent().login(url, 'alice', 'alice')
    assert.equal(page.json().aud, 'koa-public')
  })

  it('call-api.ts: the API answers the application in the name of its user, and nobody without a token', async () => {
    const url = await started('call-api.ts')
    const page = await new UserAgent().login(url, 'bob', 'bob')
    assert.deepEqual(page.json(), { orders: ['a book'], of: 'bob' })
    const api = await program.printed(/^the API: (\S+)$/m)
    const bare = await new UserAgent().fetch(api)
    assert.deepEqual([bare.status, bare.header('www-authenticate')], [401, 'Bearer'])
  })

  it('single-page.ts: tells a page who is logged in, and lets it use the API without a token of its own', async () => {
    const url = await started('single-page.ts')
    const browser = new UserAgent()
    assert.match((await browser.goto(url)).body, /fetch\('\/api\/orders'\)/)
    assert.deepEqual((await browser.fetch(`${url}/api/orders`)).status, 401)
    await browser.login(`${url}/openid/login?returnTo=/me`, 'alice', 'alice')
    assert.match((await browser.fetch(`${url}/me`)).body, /"preferred_username":"alice"/)
    assert.deepEqual((await browser.fetch(`${url}/api/orders`)).json(), { orders: ['a book'], of: 'alice' })
  })

  it('websocket.ts: says hello to who is logged in, and closes with the logout', async () => {
    const url = await started('websocket.ts')
    const browser = new UserAgent()
    assert.match((await browser.login(`${url}/`, 'alice', 'alice')).body, /new WebSocket/)
    const socket = await openedSocket(url, browser)
    assert.equal(socket.greeting, 'Hello alice')
    socket.ws.send('something')
    assert.equal(String((await once(socket.ws, 'message'))[0]), 'alice said: something')
    await browser.goto(`${url}/openid/logout`, { from: url, redirects: 0 })
    assert.equal(await socket.closed, 1008)
    assert.ok('status' in (await openSocket(url, browser)))
  })

  it('server-sent-events.ts: streams to who is logged in, and ends with the logout', async () => {
    const url = await started('server-sent-events.ts')
    const browser = new UserAgent()
    assert.match((await browser.login(`${url}/`, 'bob', 'bob')).body, /new EventSource/)
    const events = browser.fetch(`${url}/events`)
    await browser.goto(`${url}/openid/logout`, { from: url, redirects: 0 })
    assert.match((await events).body, /^data: hello bob\n\n(data: .*\n\n)*event: logout\n/)
    assert.equal((await browser.fetch(`${url}/events`)).status, 401)
  })

  it('device.ts: a television is logged in by a browser that is elsewhere', async () => {
    const url = await started('device.ts')
    const asked = await fetch(`${url}/log-in`, { method: 'POST' })
    const { address, code } = (await asked.json()) as { address: string; code: string }
    assert.match(code, /^\w{4}-\w{4}$/)
    const browser = new UserAgent()
    const confirm = await browser.goto(address)
    assert.ok(confirm.text.includes(code))
    const done = await browser.submit(await browser.submit(confirm), { username: 'alice', password: 'alice' })
    assert.equal(done.status, 200)
    const viewer = async () => ((await (await fetch(url)).json()) as { viewer: string }).viewer
    while ((await viewer()) !== 'alice') await wait(200)
  })

  it('ciba.ts: a customer says on a device of their own who they are', async () => {
    const url = await started('ciba.ts')
    const browser = new UserAgent()
    const counter = await browser.login(url, 'alice', 'alice')
    assert.equal(counter.body, 'alice at the counter')
    const page = await browser.fetch(`${url}/customers/bob`, { method: 'POST' })
    assert.deepEqual(page.json(), { customer: 'bob' })
    assert.equal((await browser.goto(url)).body, 'alice at the counter')
    const forged = await browser.fetch(`${url}/customers/bob`, { method: 'POST', site: 'cross-site' })
    assert.equal(forged.status, 403)
  })

  describe('with Redis', () => {
    const redis = useRedis()

    it('redis.ts: session and login outlive the process', async () => {
      const browser = new UserAgent()
      const first = await started('redis.ts', { REDIS_URL: redis.url })
      assert.equal((await browser.login(first, 'alice', 'alice')).json().visits, 1)
      const realm = await program.printed(/stand-in for Keycloak: (\S+)$/m)
      assert.equal(await program.end(), 0)

      const second = await started('redis.ts', { REDIS_URL: redis.url, KEYCLOAK_CONFIGURATION: realm })
      const page = await browser.goto(second)
      assert.deepEqual([page.json().preferred_username, page.json().visits], ['alice', 2])
    })
  })
})
