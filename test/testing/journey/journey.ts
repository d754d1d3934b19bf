import assert from 'node:assert/strict'
import type Router from '@koa/router'
import type { Keycloak } from '../../../src/index.js'
import type { TestApp } from '../../support/app/app.js'
import { sessionStore } from '../../support/app/session-store.js'
import { who } from '../../support/app/who.js'
import type { UserAgent } from '../../support/browser/user-agent.js'
import type { World } from './world.js'

/** Seconds after which an access token that lives 60 is as good as expired. */
const NEARLY_EXPIRED = 55

/** What an application can count on in every ID token. */
const ID_TOKEN = {
  iss: 'string',
  sub: 'string',
  aud: 'string',
  azp: 'string',
  typ: 'string',
  jti: 'string',
  exp: 'number',
  iat: 'number',
  auth_time: 'number',
  nonce: 'string',
  at_hash: 'string',
  sid: 'string',
  acr: 'string',
  preferred_username: 'string',
  name: 'string',
  given_name: 'string',
  family_name: 'string',
  email: 'string',
  email_verified: 'boolean',
}

/** And in every access token. */
const ACCESS_TOKEN = {
  iss: 'string',
  sub: 'string',
  aud: 'string',
  azp: 'string',
  typ: 'string',
  jti: 'string',
  exp: 'number',
  iat: 'number',
  sid: 'string',
  acr: 'string',
  scope: 'string',
  realm_access: 'object',
  resource_access: 'object',
  preferred_username: 'string',
  email: 'string',
}

/**
 * What an application goes through with its provider. It runs unchanged against the kit, against oidc-provider and
 * against a real Keycloak: what a test by the kit shows is so in production.
 *
 * @param startWorld makes a world for each test
 */
export function journey(startWorld: () => Promise<World>): void {
  let world: World
  let app: TestApp
  let browser: UserAgent
  beforeEach(async () => {
    world = await startWorld()
    app = await world.startApp({ extend: (_, router, keycloak) => addPages(router, keycloak) })
    browser = world.newBrowser()
  })
  afterEach(async () => {
    await app?.close()
    await world?.close()
  })

  const logIn = (username = 'alice', path = '/private', acr?: string) =>
    world.logIn(browser, app.url + path, username, acr)
  const get = async (path: string) => (await browser.fetch(app.url + path)).status

  describe('The shared journey, login', () => {
    it('comes back to the page that was asked for, as the user', async () => {
      assert.deepEqual(await logIn('alice', '/private?a=1&b=%20c'), {
        url: `${app.url}/private?a=1&b=%20c`,
        status: 200,
      })
      const { loggedIn, username } = await who(browser, app)
      assert.deepEqual([loggedIn, username], [true, 'alice'])
      assert.deepEqual(app.errors, [])
    })

    it('works with a session in the cookie, and with one in a store', async () => {
      const store = sessionStore()
      const other = await world.startApp({ session: { store } })
      try {
        await world.logIn(browser, `${other.url}/private`, 'alice')
        assert.equal((await who(browser, other)).loggedIn, true)
        assert.equal(store.sessions.size, 1)
      } finally {
        await other.close()
      }
    })

    it('gives tokens with what an application counts on', async () => {
      await logIn()
      const { id, access, token } = (await browser.goto(`${app.url}/tokens`)).json<Tokens>()
      const { clientId } = app.keycloak.provider
      assert.deepEqual(typesIn(id, ID_TOKEN), ID_TOKEN)
      assert.deepEqual(typesIn(access, ACCESS_TOKEN), ACCESS_TOKEN)
      assert.deepEqual([id.iss, id.aud, id.azp, id.typ], [world.issuer, clientId, clientId, 'ID'])
      assert.deepEqual([access.aud, access.azp, access.typ], ['account', clientId, 'Bearer'])
      assert.equal(id.sub, access.sub)
      assert.deepEqual([token.expiresIn, token.tokenType, token.sessionState], [60, 'bearer', id.sid])
      assert.deepEqual(token.scope.sort(), ['email', 'openid', 'profile'])
    })

    it('has the roles of realm and client', async () => {
      await logIn()
      assert.deepEqual([await get('/admin'), await get('/editor')], [200, 200])
      browser = world.newBrowser()
      await logIn('bob')
      assert.deepEqual([await get('/admin'), await get('/editor')], [403, 403])
    })

    it('by the strength that a page asks for', async () => {
      await logIn()
      assert.equal(await get('/gold'), 401)
      assert.deepEqual(await logIn('alice', '/gold', 'gold'), { url: `${app.url}/gold`, status: 200 })
      assert.equal(await get('/gold'), 200)
    })

    it('knows the user of one application in the other', async () => {
      const second = await world.startApp({ second: true, session: { key: 'second' } })
      try {
        await logIn()
        await world.logIn(browser, `${second.url}/private`, 'alice')
        const [here, there] = [await who(browser, app), await who(browser, second)]
        assert.deepEqual([here.username, there.username, there.sid], ['alice', 'alice', here.sid])
      } finally {
        await second.close()
      }
    })
  })

  describe('The shared journey, while logged in', () => {
    it('renews once for many requests at the moment of expiry', async () => {
      await logIn()
      const before = (await browser.goto(`${app.url}/tokens`)).json<Tokens>()
      world.pass(NEARLY_EXPIRED)
      const asked = await Promise.all(Array.from({ length: 20 }, () => browser.goto(`${app.url}/tokens`)))
      const renewed = new Set(asked.map(page => page.json<Tokens>().access.jti))
      assert.equal(renewed.size, 1)
      assert.ok(!renewed.has(before.access.jti))
      assert.deepEqual(app.errors, [])
    })

    it('goes on when the provider signs with a new key', async () => {
      await logIn()
      const token = await world.bearer('alice')
      await world.rotateKeys()
      assert.equal(await get('/private'), 200)
      assert.equal((await ask(app, token)).status, 200)
      browser = world.newBrowser()
      assert.equal((await logIn('bob')).status, 200)
      assert.deepEqual(app.errors, [])
    })

    it('asks the userinfo endpoint', async () => {
      await logIn()
      const info = (await browser.goto(`${app.url}/user-info`)).json()
      const { id } = (await browser.goto(`${app.url}/tokens`)).json<Tokens>()
      assert.deepEqual([info.sub, info.preferred_username], [id.sub, 'alice'])
    })

    it('has a token of its own as a client', async () => {
      const token = await app.keycloak.clientToken()
      const claims = await app.keycloak.verifyToken(token.accessToken, { audience: 'account' })
      const { clientId } = app.keycloak.provider
      assert.deepEqual([claims.azp, claims.preferred_username], [clientId, `service-account-${clientId}`])
      assert.equal(token.refreshToken, undefined)
    })
  })

  describe('The shared journey, as an API', () => {
    it('lets a genuine access token in, and says whose it is', async () => {
      const response = await ask(app, await world.bearer('alice'))
      assert.equal(response.status, 200)
      const claims = (await response.json()) as Record<string, unknown>
      assert.deepEqual(typesIn(claims, ACCESS_TOKEN), { ...ACCESS_TOKEN, aud: 'object' })
      assert.deepEqual([claims.iss, claims.preferred_username], [world.issuer, 'alice'])
      assert.deepEqual(claims.aud, [app.keycloak.provider.clientId, 'account'])
    })

    it('lets none in whose time is over, and nobody without one', async () => {
      const token = await world.bearer('alice')
      world.pass(120)
      assert.equal((await ask(app, token)).status, 401)
      assert.equal((await fetch(`${app.url}/api`)).status, 401)
    })
  })

  describe('The shared journey, logout', () => {
    it('by the user: here at once, and back with the state', async () => {
      await logIn()
      const end = await world.logOut(browser, `${app.url}/openid/logout?redirectUri=/bye&state=abc`)
      assert.equal(end, `${app.url}/bye?state=abc`)
      assert.equal((await who(browser, app)).loggedIn, false)
      assert.equal(await get('/private'), 401)
    })

    it('by the user: elsewhere in the same session at the next renewal, at the latest', async () => {
      const second = await world.startApp({ second: true, session: { key: 'second' } })
      try {
        await logIn()
        await world.logIn(browser, `${second.url}/private`, 'alice')
        await world.logOut(browser, `${app.url}/openid/logout?redirectUri=/bye`)
        world.pass(NEARLY_EXPIRED)
        assert.equal((await who(browser, second)).loggedIn, false)
      } finally {
        await second.close()
      }
    })

    it('by a logout request: every login of the user, and no other’s', async () => {
      await logIn()
      const [phone, bob] = [world.newBrowser(), world.newBrowser()]
      await world.logIn(phone, `${app.url}/private`, 'alice')
      await world.logIn(bob, `${app.url}/private`, 'bob')
      await world.logOutUser(app, 'alice')
      const all = [await who(browser, app), await who(phone, app), await who(bob, app)]
      assert.deepEqual(
        all.map(({ loggedIn }) => loggedIn),
        [false, false, true],
      )
      assert.deepEqual(app.errors, [])
    })

    it('by the end of the session, of which no application is told: at the next renewal', async () => {
      await logIn()
      await world.end('alice')
      assert.equal((await who(browser, app)).loggedIn, true)
      world.pass(NEARLY_EXPIRED)
      assert.equal((await who(browser, app)).loggedIn, false)
      assert.deepEqual(app.errors, [])
    })
  })
}

/** The rest of the journey, for providers that fail when told to. */
export function failingJourney(startWorld: () => Promise<Required<World>>): void {
  let world: Required<World>
  let app: TestApp
  let browser: UserAgent
  beforeEach(async () => {
    world = await startWorld()
    app = await world.startApp({
      timeout: 0.3,
      extend: (_, router, keycloak) => addPages(router, keycloak),
    })
    browser = world.newBrowser()
  })
  afterEach(async () => {
    await app?.close()
    await world?.close()
  })

  const code = () => (app.errors.at(-1) as { code?: string } | undefined)?.code
  const codes = () => [...new Set(app.errors.map(error => 'code' in error && error.code))]

  for (const [failure, status, error] of [
    ['hang', 503, 'provider_unavailable'],
    ['drop', 503, 'provider_unavailable'],
    ['error', 503, 'provider_unavailable'],
    ['unavailable', 503, 'provider_unavailable'],
    ['html', 502, 'provider_response_invalid'],
  ] as const) {
    it(`token endpoint, ${failure}: a login gets ${status}, and users who are logged in stay`, async () => {
      await world.logIn(browser, `${app.url}/private`, 'alice')
      const mend = world.fail('token', failure)
      const refused = await world.logIn(world.newBrowser(), `${app.url}/private`, 'bob')
      assert.deepEqual([refused.status, code()], [status, error])
      world.pass(NEARLY_EXPIRED)
      assert.equal((await who(browser, app)).loggedIn, true)
      assert.deepEqual(codes(), [error])
      mend()
    })
  }

  it('token endpoint, invalid_grant: a login gets 400, and users are logged out when they are to be renewed', async () => {
    await world.logIn(browser, `${app.url}/private`, 'alice')
    world.fail('token', 'invalid_grant')
    const refused = await world.logIn(world.newBrowser(), `${app.url}/private`, 'bob')
    assert.equal(refused.status, 400)
    world.pass(NEARLY_EXPIRED)
    assert.equal((await who(browser, app)).loggedIn, false)
    assert.deepEqual(
      app.errors.filter(error => !('expose' in error && error.expose)),
      [],
    )
  })

  it('discovery: a login gets 503, and the next one works when the provider is back', async () => {
    const mend = world.fail('discovery', 'unavailable')
    const first = await world.logIn(browser, `${app.url}/private`, 'alice')
    assert.deepEqual([first.status, code()], [503, 'provider_unavailable'])
    mend()
    world.pass(30)
    assert.equal((await world.logIn(browser, `${app.url}/private`, 'alice')).status, 200)
  })

  it('userinfo endpoint: its own calls fail, and nothing else', async () => {
    await world.logIn(browser, `${app.url}/private`, 'alice')
    world.fail('userinfo', 'error')
    assert.equal((await browser.fetch(`${app.url}/user-info`)).status, 503)
    assert.equal((await browser.fetch(`${app.url}/private`)).status, 200)
  })
}

interface Tokens {
  id: Record<string, unknown>
  access: Record<string, unknown>
  token: { expiresIn: number; tokenType: string; sessionState: string; scope: string[] }
}

function addPages(router: Router, keycloak: Keycloak): void {
  const { clientId } = keycloak.provider
  router.get('/tokens', keycloak.requireLogin(), ctx => {
    const { token } = ctx.state.keycloak
    ctx.body = { id: token.idTokenClaims, access: token.accessTokenClaims, token }
  })
  router.get('/editor', keycloak.requireRole({ client: clientId, role: 'editor' }), ctx => {
    ctx.body = 'editor'
  })
  router.get('/gold', keycloak.requireLogin({ acr: 'gold' }), ctx => {
    ctx.body = 'gold'
  })
  router.get('/user-info', keycloak.requireLogin(), async ctx => {
    ctx.body = await keycloak.userInfo(ctx)
  })
  router.get('/api', keycloak.bearer({ audience: 'account' }), ctx => {
    ctx.body = ctx.state.keycloak.bearer
  })
}

function ask(app: TestApp, token: string): Promise<Response> {
  return fetch(`${app.url}/api`, { headers: { authorization: `Bearer ${token}` } })
}

/** The types of those claims that are expected. */
function typesIn(claims: Record<string, unknown>, expected: object): Record<string, string> {
  return Object.fromEntries(Object.keys(expected).map(name => [name, typeof claims[name]]))
}
