import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import type { KeycloakAuthToken } from '../../src/index.js'
import type { TestAppOptions } from '../support/app/app.js'
import { type ForgedApp, startForgedApp } from '../support/app/forged-app.js'
import { who } from '../support/app/who.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { fakeClock } from '../support/clock.js'
import type { Forgery } from '../support/forger/knobs.js'

const ADMIN = { realm_access: { roles: ['admin'] }, resource_access: { app: { roles: ['editor'] } } }
const NO_ROLES = { realm_access: undefined, resource_access: undefined }

interface Says {
  roles: string[]
  isBelieved: boolean
}

/** A page that tells what the login's tokens say. */
const whatTokensSay: NonNullable<TestAppOptions['extend']> = (_app, router, keycloak) => {
  router.get('/says', ctx => {
    const token: KeycloakAuthToken = ctx.state.keycloak.token
    const roles = [...token.realmRoles, ...token.clientRoles('app')]
    ctx.body = { roles, isBelieved: token.accessTokenClaims !== undefined } satisfies Says
  })
  router.get('/editor', keycloak.requireRole({ client: 'app', role: 'editor' }), ctx => {
    ctx.body = ''
  })
}

describe("A login's access token", () => {
  const clock = fakeClock()
  let app: ForgedApp
  before(async () => {
    app = await startForgedApp({ now: clock.now, extend: whatTokensSay }, { now: clock.now })
  })
  beforeEach(() => app.forger.reset())
  after(() => app.close())

  async function loggedIn(): Promise<UserAgent> {
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    assert.equal((await who(browser, app)).loggedIn, true)
    return browser
  }

  /** What the login may do, and what its tokens say. */
  async function rights(browser: UserAgent) {
    const page = async (path: string) => (await browser.goto(`${app.url}${path}`)).status
    const says = (await browser.goto(`${app.url}/says`)).json<Says>()
    return { pages: [await page('/admin'), await page('/editor')], ...says }
  }

  const ALL = { pages: [200, 200], roles: ['admin', 'editor'], isBelieved: true }
  const NONE = { pages: [403, 403], roles: [], isBelieved: false }

  function hashOf(token: string, bytes = 16, algorithm = 'sha256'): string {
    return createHash(algorithm).update(token).digest().subarray(0, bytes).toString('base64url')
  }

  const forged: Record<string, Forgery> = {
    'a foreign key': { trick: 'foreign-key' },
    'alg none': { trick: 'none' },
    'the client secret': { trick: 'client-secret' },
    'a broken signature': { trick: 'broken' },
    'a key that it brings along': { trick: 'embedded-jwk' },
    'another issuer': { claims: { iss: 'https://evil.example' } },
    "another user's sub": { claims: { sub: 'user-2' } },
    'no sub': { claims: { sub: undefined } },
    'typ Refresh': { claims: { typ: 'Refresh' } },
    'typ ID': { claims: { typ: 'ID' } },
    'azp of another client': { claims: { azp: 'other' } },
    'azp of another client, though it is for this one too': { claims: { azp: 'other', aud: 'app' } },
    'an end that is over': { claims: { exp: 1 } },
  }

  for (const [what, forgery] of Object.entries(forged)) {
    it(`9.1.1 with ${what} gives no roles, and the login goes on without`, async () => {
      app.forger.knobs.accessToken = { ...forgery, claims: { ...ADMIN, ...forgery.claims } }
      assert.deepEqual(await rights(await loggedIn()), NONE)
    })

    it(`9.1.1 with ${what} gives no roles when it comes by a renewal, and the next right one does`, async () => {
      app.forger.knobs.accessToken = { claims: ADMIN }
      const browser = await loggedIn()
      assert.equal((await rights(browser)).pages[0], 200)
      app.forger.knobs.accessToken = { ...forgery, claims: { ...ADMIN, ...forgery.claims } }
      clock.advance(295)
      assert.equal((await rights(browser)).pages[0], 403)
      assert.equal((await who(browser, app)).loggedIn, true)
      app.forger.knobs.accessToken = { claims: ADMIN }
      clock.advance(295)
      assert.equal((await rights(browser)).pages[0], 200)
    })
  }

  it('9.1.1 that is right gives its roles', async () => {
    app.forger.knobs.accessToken = { claims: ADMIN }
    assert.deepEqual(await rights(await loggedIn()), ALL)
  })

  it('9.1.1 that is opaque gives no roles', async () => {
    app.forger.knobs.token = { access_token: 'opaque' }
    assert.equal((await rights(await loggedIn())).pages[0], 403)
  })

  it('9.1.1 without roles leaves them to the verified ID token', async () => {
    app.forger.knobs.accessToken = { claims: NO_ROLES }
    app.forger.knobs.idToken = { claims: ADMIN }
    const browser = await loggedIn()
    assert.deepEqual(await rights(browser), ALL)
    app.forger.knobs.idToken = {}
    clock.advance(295)
    assert.deepEqual((await rights(browser)).pages, [403, 403])
  })

  it('9.1.1 with roles is the one that counts', async () => {
    app.forger.knobs.idToken = { claims: ADMIN }
    assert.equal((await rights(await loggedIn())).pages[0], 403)
  })

  it('9.1.1 has to be the one that at_hash of the ID token names', async () => {
    const { issuer, sign } = app.forger
    const iat = Math.floor(clock.now())
    const jwt = await sign({
      ...ADMIN,
      iss: issuer,
      sub: 'user-1',
      typ: 'Bearer',
      azp: 'app',
      iat,
      exp: iat + 300,
    })
    app.forger.knobs.token = { access_token: jwt }
    for (const [at_hash, admin] of [
      [hashOf(jwt), 200],
      [undefined, 200],
      [hashOf('another'), 403],
      [hashOf(jwt, 32), 403],
      [hashOf(jwt, 16, 'sha512'), 403],
      ['', 403],
      [7, 403],
      [null, 403],
    ] as const) {
      app.forger.knobs.idToken = { claims: { at_hash } }
      assert.equal((await rights(await loggedIn())).pages[0], admin, String(at_hash))
    }
  })

  it('9.1.1 whose keys can not be had when it comes by a renewal gives its roles a little later', async () => {
    app.forger.knobs.accessToken = { claims: ADMIN }
    const browser = await loggedIn()
    await app.forger.rotateKeys()
    app.forger.knobs.mischief = { jwks: 'error' }
    clock.advance(295)
    assert.equal((await rights(browser)).pages[0], 403)
    assert.equal((await who(browser, app)).loggedIn, true)
    app.forger.knobs.mischief = {}
    app.forger.counts.token = 0
    clock.advance(29)
    assert.equal((await rights(browser)).pages[0], 403)
    assert.equal(app.forger.counts.token, 0)
    clock.advance(1)
    assert.equal((await rights(browser)).pages[0], 200)
    assert.equal(app.forger.counts.token, 1)
  })

  it('9.1.1 of a key that is never published does not have the login renewed again and again', async () => {
    const browser = await loggedIn()
    app.forger.knobs.accessToken = { trick: 'unknown-kid' }
    app.forger.counts.token = 0
    for (let n = 0; n < 28; n++) {
      clock.advance(10)
      await who(browser, app)
    }
    assert.equal(app.forger.counts.token, 0)
    clock.advance(15)
    for (let n = 0; n < 28; n++) {
      await who(browser, app)
      clock.advance(10)
    }
    assert.equal(app.forger.counts.token, 2)
  })

  it('9.1.1 is verified once, and not at every request', async () => {
    app.forger.knobs.accessToken = { claims: ADMIN }
    const browser = await loggedIn()
    app.forger.counts.jwks = 0
    app.forger.knobs.mischief = { jwks: 'hang', discovery: 'hang' }
    clock.advance(200)
    assert.equal((await rights(browser)).pages[0], 200)
    assert.equal(app.forger.counts.jwks, 0)
  })
})
