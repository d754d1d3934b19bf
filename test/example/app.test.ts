import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'
import { useProvider } from '../support/app/app.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { useRedisEach } from '../support/redis/redis.js'
import { address, type Program, start } from './program.js'

describe('The application that is set up by environment', function () {
  this.timeout(30_000) // whole processes are started, on machines that may be busy

  let programs: Program[]

  const provider = useProvider()

  beforeEach(() => {
    programs = []
  })

  afterEach(async () => {
    for (const program of programs) assert.equal(await program.end(), 0, program.output)
  })

  /** Starts it as a client of the provider, and gives its address. */
  async function started(env: Record<string, string> = {}): Promise<string> {
    const { KEYCLOAK_CLIENT_ID: clientId = 'app', ...others } = env
    const program = start('app.ts', {
      PORT: '0',
      KEYCLOAK_CONFIGURATION: provider.issuer,
      KEYCLOAK_CLIENT_ID: clientId,
      KEYCLOAK_CLIENT_SECRET: 'secret',
      ...others,
    })
    programs.push(program)
    const url = await address(program)
    const clientSecret = others.KEYCLOAK_CLIENT_SECRET === '' ? {} : { clientSecret: 'secret' }
    await provider.addClient({
      clientId,
      ...clientSecret,
      redirectUris: [`${url}/openid/auth`],
      postLogoutRedirectUris: [`${url}/`],
      logoutRequestUri: `${url}/openid/logout_request`,
    })
    return url
  }

  it('has a page for everybody, pages for who is logged in, and one for admins', async () => {
    const url = await started()
    const browser = new UserAgent()
    assert.match((await browser.goto(url)).text, /Nobody is logged in/)
    assert.equal((await browser.fetch(`${url}/api/me`)).status, 401)

    const page = await browser.login(`${url}/profile`, 'alice', 'alice')
    assert.equal(page.url, `${url}/profile`)
    assert.match(page.text, /"preferred_username": "alice"/)
    assert.match((await browser.goto(url)).text, /You are logged in as alice/)
    const { sub, sid, ...me } = (await browser.fetch(`${url}/api/me`)).json()
    assert.deepEqual(me, { username: 'alice', roles: ['admin'] })
    assert.match(`${sub} ${sid}`, /^[\w-]{36} \S+$/)
    assert.equal((await browser.goto(`${url}/userinfo`)).json().sub, sub)
    assert.equal((await browser.goto(`${url}/admin`)).status, 200)
    assert.equal((await browser.goto(`${url}/openid/logout`, { from: url })).url, `${url}/`)
    assert.equal((await browser.fetch(`${url}/api/me`)).status, 401)

    const bob = new UserAgent()
    assert.equal((await bob.login(`${url}/admin`, 'bob', 'bob')).status, 403)
  })

  it('is healthy whatever becomes of the rest, and sets no cookie for it', async () => {
    const url = await started({ KEYCLOAK_CONFIGURATION: 'http://localhost:9/realms/none', SESSION: 'store' })
    const page = await new UserAgent().fetch(`${url}/healthz`)
    assert.deepEqual([page.status, page.body, page.header('set-cookie')], [200, 'ok', ''])
  })

  it('logs in as a public client, with the scopes that are set, and a session in the store', async () => {
    const url = await started({
      KEYCLOAK_CLIENT_ID: 'public',
      KEYCLOAK_CLIENT_SECRET: '',
      KEYCLOAK_SCOPES: 'openid email',
      SESSION: 'store',
    })
    const browser = new UserAgent()
    const page = await browser.login(`${url}/profile`, 'bob', 'bob')
    assert.equal(new URL(page.hops[1]?.url ?? '').searchParams.get('scope'), 'openid email')
    assert.match(page.text, /"aud": "public"/)
    assert.match(browser.cookies()['public.session'] ?? '', /^[\w-]{36}$/)
  })

  it('believes the proxy when its public address is https, and no proxy otherwise', async () => {
    const headers = { 'x-forwarded-proto': 'https', 'x-forwarded-host': 'app.example.com' }
    const behind = await started({ BASE_URL: 'https://app.example.com' })
    const secure = await new UserAgent().goto(`${behind}/openid/login`, { headers, redirects: 0 })
    const redirectUri = new URL(secure.header('location')).searchParams.get('redirect_uri')
    assert.equal(redirectUri, 'https://app.example.com/openid/auth')
    assert.match(secure.header('set-cookie'), /^__Host-.*; secure/)

    const bare = await started()
    const plain = await new UserAgent().goto(`${bare}/openid/login`, { headers, redirects: 0 })
    assert.equal(new URL(plain.header('location')).searchParams.get('redirect_uri'), `${bare}/openid/auth`)
  })

  it('names every variable that is missing or wrong, and does not start', async () => {
    const program = start('app.ts', {
      PORT: '65536',
      BASE_URL: 'app.example.com',
      KEYCLOAK_CONFIGURATION: 'realms/demo',
      KEYCLOAK_SCOPES: 'profile',
      REDIS_URL: 'localhost',
      SESSION: 'redis',
    })
    assert.equal(await program.ended, 1)
    const named = program.output
      .trim()
      .split('\n')
      .map(line => line.split(' ')[0])
    assert.deepEqual(named.sort(), [
      'APP_KEYS',
      'BASE_URL',
      'KEYCLOAK_CLIENT_ID',
      'KEYCLOAK_CONFIGURATION',
      'KEYCLOAK_SCOPES',
      'PORT',
      'REDIS_URL',
      'SESSION',
    ])
  })

  it('says which port is taken, and how to choose another', async () => {
    const server = createServer().listen(0, 'localhost')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const program = start('app.ts', {
      PORT: `${port}`,
      KEYCLOAK_CONFIGURATION: provider.issuer,
      KEYCLOAK_CLIENT_ID: 'app',
    })
    assert.equal(await program.ended, 1)
    assert.match(program.output, new RegExp(`^Port ${port} is taken .* PORT=`))
    server.close()
  })

  it('answers what it was asked before it ends, and keeps nobody waiting for an idle connection', async () => {
    const url = await started()
    const browser = new UserAgent()
    await browser.login(`${url}/profile`, 'alice', 'alice')
    const { userinfo } = provider.counts
    provider.hang(true, ['userinfo'])
    const connection = keptAlive(`${url}/userinfo`, browser)
    await until(() => provider.counts.userinfo > userinfo)
    const ended = programs[0]?.end()
    await until(() => isRefused(url))
    provider.hang(false, ['userinfo'])
    const [answer] = await once(connection, 'data')
    assert.match(`${answer}`, /^HTTP\/1.1 200/)
    const answeredAt = performance.now()
    assert.equal(await ended, 0)
    assert.ok(performance.now() - answeredAt < 3000, 'It waited for the connection to time out.')
  })

  describe('with Redis', () => {
    const redis = useRedisEach()

    for (const SESSION of ['cookie', 'store']) {
      it(`is one application however many processes there are (SESSION=${SESSION})`, async () => {
        const env = { REDIS_URL: redis.url, APP_KEYS: 'one secret,another', SESSION }
        const urls = [await started(env), await started(env)] as const
        const browser = new UserAgent()
        await browser.login(`${urls[1]}/profile`, 'alice', 'alice') // registered last, and so allowed to
        for (const url of urls) {
          assert.equal((await browser.fetch(`${url}/api/me`)).json().username, 'alice')
        }
        await provider.logoutUser('alice')
        for (const url of urls) assert.equal((await browser.fetch(`${url}/api/me`)).status, 401)
      })

      it(`serves strangers without Redis, and asks users to wait for it (SESSION=${SESSION})`, async () => {
        const url = await started({ REDIS_URL: redis.url, APP_KEYS: 'secret', SESSION })
        const browser = new UserAgent()
        await browser.login(`${url}/profile`, 'bob', 'bob')
        await redis.kill()
        const page = await browser.goto(`${url}/profile`)
        assert.equal(page.status, 503)
        assert.match(page.header('retry-after'), /^[1-9]/)
        assert.equal((await new UserAgent().goto(url)).status, 200)
        assert.equal((await browser.fetch(`${url}/healthz`)).status, 200)
        await redis.restart()
        await until(async () => (await browser.goto(url)).status === 200)
      })
    }
  })
})

/** A request on a connection that the client never closes. */
function keptAlive(address: string, browser: UserAgent): Socket {
  const { hostname, port, host, pathname } = new URL(address)
  const cookies = Object.entries(browser.cookies()).map(pair => pair.join('='))
  const socket = connect({ host: hostname, port: Number(port) })
  socket.write(`GET ${pathname} HTTP/1.1\r\nHost: ${host}\r\nCookie: ${cookies.join('; ')}\r\n\r\n`)
  return socket
}

function isRefused(url: string): Promise<boolean> {
  return new UserAgent().fetch(`${url}/healthz`).then(
    () => false,
    () => true,
  )
}

/** Waits for something that happens in another process, and not for ever. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  const end = performance.now() + 8000
  while (!(await holds())) {
    assert.ok(performance.now() < end, 'It does not happen.')
    await delay(20)
  }
}
