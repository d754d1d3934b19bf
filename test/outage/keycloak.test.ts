import assert from 'node:assert/strict'
import { Agent, fetch as undiciFetch } from 'undici'
import { memoryStore } from '../../src/index.js'
import type { Fetch } from '../../src/util/bounded-fetch.js'
import { startApp, type TestApp, type TestAppOptions } from '../support/app/app.js'
import { who } from '../support/app/who.js'
import { startTlsProxy, type TlsProxy } from '../support/browser/tls-proxy.js'
import { fakeClock } from '../support/clock.js'
import { type Forger, type Mischief, startForger } from '../support/forger/forger.js'
import { freePort } from '../support/redis/redis.js'
import { logIn, needsToken, people, type Row, whenExpired, whileFresh } from './probes.js'
import { inReadme, table } from './table.js'

/** Longer than metadata and keys are fresh: what was fetched before is all there is. */
const DUE = 61

/** Longer than access tokens live, than the documents are fresh, and than any pause after a failure. */
const LATER = 301

type Outage = { mischief: Mischief } | { fetch: Fetch } | { origin: () => string }

describe('Keycloak is down', function () {
  this.timeout(30_000)

  const clock = fakeClock()
  let forger: Forger
  let tls: TlsProxy
  let closed: number
  let outage: Outage | undefined
  let options: TestAppOptions
  const running: { close(): Promise<void> }[] = []

  /** For a process that has seen it, and for one that starts while it is down. */
  const rows = { before: new Map<string, Row>(), never: new Map<string, Row>() }

  const outages: Record<string, Outage> = {
    'refuses connections': { origin: () => `http://localhost:${closed}` },
    'name does not resolve': { fetch: fetchNowhere },
    'certificate does not verify': { origin: () => tls.url },
    'hangs before it answers': { mischief: 'hang' },
    'hangs within an answer': { mischief: 'half' },
    'answers a byte now and then': { mischief: 'slow' },
    'answers 500': { mischief: 'error' },
    HTML: { mischief: 'html' },
    '60 MB': { mischief: 'huge' },
    'JSON that is none': { mischief: 'garbage' },
    'JSON as text/plain': { mischief: 'wrong-type' },
    'a redirect': { mischief: 'redirect' },
  }

  before(async () => {
    closed = await freePort()
    tls = await startTlsProxy()
  })
  after(() => tls?.close())

  beforeEach(async () => {
    forger = await startForger({ clientSecret: 'app-secret', now: clock.now })
    // As Keycloak is by default. With rotation a login ends when the answer that has its new tokens is lost.
    forger.knobs.refresh.rotate = false
    tls.forwardTo(forger.issuer)
    options = {
      store: memoryStore({ now: clock.now }),
      now: clock.now,
      timeout: 0.5,
      configurationMaxAge: DUE - 1,
      keysMaxAge: DUE - 1,
      fetch: (url, request) => fetchAs(outage, url, request),
      extend: needsToken,
    }
    running.push(forger)
  })

  afterEach(async () => {
    outage = undefined
    for (const part of running.splice(0).reverse()) await part.close()
  })

  async function started(): Promise<TestApp> {
    const app = await startApp({ discoveryUrl: forger.discoveryUrl, addClient: async () => {} }, options)
    running.push(app)
    return app
  }

  function begin(what: Outage): void {
    outage = what
    if (!('mischief' in what)) return
    const { mischief } = what
    forger.knobs.mischief = { discovery: mischief, jwks: mischief, token: mischief, userinfo: mischief }
  }

  function end(): void {
    outage = undefined
    forger.knobs.mischief = {}
    clock.advance(LATER)
  }

  for (const [name, what] of Object.entries(outages)) {
    it(`(${name}): everybody gets an answer, and all is well again without a restart`, async () => {
      const app = await started()
      const [own, others] = [await people(app), await people(app)]
      begin(what)
      clock.advance(DUE)
      const late = await started()
      const fresh = await Promise.all([whileFresh(app, forger, own), whileFresh(late, forger, others)])
      clock.advance(LATER)
      const later = () => clock.advance(6)
      const expired = await Promise.all([whenExpired(app, own, later), whenExpired(late, others, later)])
      rows.before.set(name, { ...fresh[0], ...expired[0] })
      rows.never.set(name, { ...fresh[1], ...expired[1] })

      end()
      await isWell(app, own, fresh[0])
      await isWell(late, others, fresh[1])
    })
  }

  async function isWell(
    app: TestApp,
    { loggedIn, expired, token, loggedOut }: Awaited<ReturnType<typeof people>>,
    seen: Pick<Row, 'Logout request'>,
  ): Promise<void> {
    for (const browser of [loggedIn, expired, token]) {
      assert.equal((await browser.goto(`${app.url}/token`)).status, 200)
      assert.equal((await who(browser, app)).loggedIn, true)
    }
    assert.equal((await who(loggedOut, app)).loggedIn, seen['Logout request'] !== '200')
    const browser = await logIn(app)
    assert.equal((await who(browser, app)).loggedIn, true)
    const body = new URLSearchParams({ logout_token: await forger.signLogoutToken() })
    const answer = await fetch(`${app.url}/openid/logout_request`, { method: 'POST', body })
    assert.equal(answer.status, 200)
    assert.equal((await who(browser, app)).loggedIn, false)
  }

  it('the README’s table says what happens', () => {
    const observed = [
      table('Keycloak, for a process that has seen it', rows.before),
      '',
      table('Keycloak, for a process that starts meanwhile', rows.never),
    ].join('\n')
    assert.equal(inReadme('keycloak-is-down', observed), observed)
  })
})

function fetchAs(outage: Outage | undefined, ...[url, request]: Parameters<Fetch>): ReturnType<Fetch> {
  if (outage && 'fetch' in outage) return outage.fetch(url, request)
  if (!outage || !('origin' in outage)) return fetch(url, request)
  const { pathname, search } = new URL(url)
  return fetch(outage.origin() + pathname + search, request)
}

/** A real fetch, but for the name server, which here says at once that there is no such name. */
const nowhere = new Agent({
  connect: {
    lookup: (hostname, _options, done) => {
      const error = Object.assign(new Error(`getaddrinfo ENOTFOUND ${hostname}`), { code: 'ENOTFOUND' })
      done(error, '', 4)
    },
  },
})

function fetchNowhere(...[url, request]: Parameters<Fetch>): ReturnType<Fetch> {
  const { port, pathname } = new URL(url)
  return undiciFetch(`http://keycloak.invalid:${port}${pathname}`, { ...request, dispatcher: nowhere })
}
