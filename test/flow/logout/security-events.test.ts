import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import type { KeycloakSecurityEvent } from '../../../src/index.js'
import { useEvents } from '../../support/app/events.js'
import { startForgedApp, useForgedApp } from '../../support/app/forged-app.js'
import {
  complex,
  passwordChange,
  push,
  RISC,
  revoked,
  SECRET,
  signEvent,
  user,
} from '../../support/app/transmitter.js'
import { who } from '../../support/app/who.js'
import { UserAgent } from '../../support/browser/user-agent.js'
import type { Signing } from '../../support/forger/signing.js'
import { watchedStore } from '../../support/redis/watched-store.js'
import { useStart } from '../../support/use.js'

const routes = { securityEvents: '/security_events' }

describe('A security event', () => {
  const store = watchedStore()
  const seen: KeycloakSecurityEvent[] = []
  const told = useEvents('security_event', 'security_event.refused')
  let hook: () => void = () => undefined
  const app = useForgedApp({
    store,
    routes,
    securityEvents: { authorization: SECRET },
    afterSecurityEvent: (_ctx, event) => {
      seen.push(event)
      hook()
    },
  })
  const start = useStart(startForgedApp)
  beforeEach(() => {
    app.forger.reset()
    store.broken = false
    seen.length = 0
    hook = () => undefined
  })

  /** As somebody whom no event was about before: one covers all logins of its second. */
  async function logIn(sub: string = randomUUID(), sid?: string): Promise<UserAgent> {
    Object.assign(app.forger.knobs, { sub, sid })
    const browser = new UserAgent()
    await browser.goto(`${app.url}/private`)
    return browser
  }
  const isLoggedIn = async (...browsers: UserAgent[]) =>
    Promise.all(browsers.map(async browser => (await who(browser, app)).loggedIn))
  const send = async (...token: Parameters<typeof signEvent> extends [unknown, ...infer R] ? R : never) =>
    push(app, await signEvent(app.forger, ...token))

  it('of a session ends that session`s logins, and no others of its user', async () => {
    const browsers = [await logIn('a', 's-1'), await logIn('a', 's-2'), await logIn('b', 's-3')]
    const answer = await send({ sub_id: complex(app.forger, 'a', 's-1') })
    assert.deepEqual([answer.status, await answer.text()], [202, ''])
    assert.equal(answer.headers.get('cache-control'), 'no-store')
    assert.deepEqual(await isLoggedIn(...browsers), [false, true, true])
    const [event] = seen
    assert.deepEqual(
      [event?.type, event?.covers, event?.sid, event?.sub, event?.ended],
      ['session-revoked', 'session', 's-1', 'a', 1],
    )
    assert.deepEqual(told.at(-1), [
      'security_event',
      { provider: 'keycloak', sub: 'a', sid: 's-1', type: 'session-revoked', covers: 'session', ended: 1 },
    ])
  })

  it('of all sessions ends all logins of its user', async () => {
    const browsers = [await logIn('c', 's-4'), await logIn('c', 's-5'), await logIn('d', 's-6')]
    assert.equal((await send({ sub_id: complex(app.forger, 'c', 'ALL') })).status, 202)
    assert.deepEqual(await isLoggedIn(...browsers), [false, false, true])
  })

  it('that a session has ended names it by an opaque identifier alone, too', async () => {
    const browser = await logIn('e', 's-7')
    await send({ sub_id: { format: 'opaque', id: 's-7' } })
    assert.deepEqual(await isLoggedIn(browser), [false])
  })

  it('of a changed password ends the logins from before, and none from after', async () => {
    const before = await logIn('f', 's-8')
    await send({ events: passwordChange(), sub_id: user(app.forger, 'f') })
    app.forger.knobs.idToken = { claims: { iat: Math.floor(Date.now() / 1000) + 3 } } // not in that second
    const after = await logIn('f', 's-9')
    assert.deepEqual(await isLoggedIn(before, after), [false, true])
    const old = Math.floor(Date.now() / 1000) - 3600
    await send({ events: passwordChange({ event_timestamp: old }), sub_id: user(app.forger, 'f') })
    assert.deepEqual(await isLoggedIn(after), [true], 'one that comes late is as old as it was')
    await send({ events: passwordChange({ change_type: 'create' }), sub_id: user(app.forger, 'f') })
    assert.deepEqual(await isLoggedIn(after), [true], 'one more credential')
    assert.deepEqual(
      seen.map(event => event.covers),
      ['user', 'user', 'nothing'],
    )
  })

  it('of a disabled account ends its logins, also as RISC wrote it before RFC 9493', async () => {
    const browsers = [await logIn('g', 's-10'), await logIn('h', 's-11')]
    await send({ events: { [`${RISC}account-disabled`]: {} }, sub_id: user(app.forger, 'g') })
    const subject = { subject_type: 'iss-sub', iss: app.forger.issuer, sub: 'h' }
    await send({ events: { [`${RISC}account-disabled`]: { subject } }, sub_id: undefined })
    assert.deepEqual(await isLoggedIn(...browsers), [false, false])
  })

  for (const [what, claims] of Object.entries({
    'another type': { events: { 'https://other.example/event': {} } },
    'a verification': { events: { 'https://schemas.openid.net/secevent/ssf/event-type/verification': {} } },
    'a user by e-mail address': { sub_id: { format: 'email', email: 'user@example.com' } },
    'another issuer`s user': { sub_id: { format: 'iss_sub', iss: 'https://other.example', sub: 'user-1' } },
    'no subject': { sub_id: undefined },
    'a subject that is none': { sub_id: ['user-1'] },
  })) {
    it(`of ${what} is taken, told, and ends nothing`, async () => {
      const browser = await logIn()
      assert.equal((await send(claims)).status, 202)
      assert.deepEqual(await isLoggedIn(browser), [true])
      assert.deepEqual([seen.length, seen[0]?.covers, seen[0]?.ended], [1, 'nothing', 0])
    })
  }

  it('that comes twice does nothing the second time', async () => {
    const claims = { jti: 'twice', sub_id: complex(app.forger, 'i', 'ALL') }
    assert.equal((await send(claims)).status, 202)
    app.forger.knobs.idToken = { claims: { iat: Math.floor(Date.now() / 1000) + 3 } }
    const browser = await logIn('i', 's-12')
    assert.equal((await send({ ...claims, iat: Math.floor(Date.now() / 1000) + 5 })).status, 202)
    assert.deepEqual([await isLoggedIn(browser), seen.length], [[true], 1])
  })

  it('that met a 503 ends its logins when it comes again', async () => {
    const browser = await logIn('j', 's-13')
    const jwt = await signEvent(app.forger, { sub_id: complex(app.forger, 'j', 's-13') })
    store.broken = true
    const refused = await push(app, jwt)
    assert.deepEqual([refused.status, refused.headers.has('retry-after')], [503, true])
    store.broken = false
    assert.deepEqual(await isLoggedIn(browser), [true])
    assert.equal((await push(app, jwt)).status, 202)
    assert.deepEqual(await isLoggedIn(browser), [false])
  })

  it('whose hook throws is not taken for served: it comes again, and the hook runs again', async () => {
    const jwt = await signEvent(app.forger)
    hook = () => {
      throw new Error('no mail server')
    }
    assert.equal((await push(app, jwt)).status, 500)
    hook = () => undefined
    assert.equal((await push(app, jwt)).status, 202)
    assert.equal(seen.length, 2)
  })

  const refusals: Record<string, [err: string, claims: Parameters<typeof signEvent>[1], signing?: Signing]> =
    {
      'signed by another key': ['invalid_key', {}, { trick: 'foreign-key' }],
      'signed by an unknown key': ['invalid_key', {}, { trick: 'unknown-kid' }],
      'signed with the client`s secret': ['invalid_key', {}, { trick: 'client-secret' }],
      'without a signature': ['invalid_key', {}, { trick: 'none' }],
      'of another issuer': ['invalid_issuer', { iss: 'https://other.example' }],
      'for another client': ['invalid_audience', { aud: 'other/a96865ef' }],
      'for a client whose id begins with ours': ['invalid_audience', { aud: 'app/other/a96865ef' }],
      'for nobody': ['invalid_audience', { aud: undefined }],
      'with another typ': ['invalid_request', {}, { header: { typ: 'JWT' } }],
      'that is a logout token': ['invalid_request', {}, { header: { typ: 'logout+jwt' } }],
      'without a jti': ['invalid_request', { jti: undefined }],
      'without an iat': ['invalid_request', { iat: undefined }],
      'from the future': ['invalid_request', { iat: Math.floor(Date.now() / 1000) + 600 }],
      'without an event': ['invalid_request', { events: {} }],
      'with two events': ['invalid_request', { events: { ...revoked(), ...passwordChange() } }],
      'whose event is no object': ['invalid_request', { events: { 'https://other.example/event': 1 } }],
    }
  for (const [what, [err, claims, signing]] of Object.entries(refusals)) {
    it(`${what} is 400 ${err}, and ends nothing`, async () => {
      const browser = await logIn()
      const answer = await send(claims, signing)
      assert.deepEqual([answer.status, answer.headers.get('content-language')], [400, 'en'])
      assert.equal(((await answer.json()) as { err: string }).err, err)
      assert.deepEqual(told.at(-1)?.[1], {
        provider: 'keycloak',
        code: 'security_event_invalid',
        reason: err,
      })
      assert.deepEqual([await isLoggedIn(browser), seen], [[true], []])
    })
  }

  it('without the stream`s secret is 400 authentication_failed', async () => {
    const browser = await logIn()
    for (const authorization of ['', 'Bearer', `${SECRET} `.repeat(2), SECRET.toLowerCase()]) {
      const answer = await push(app, await signEvent(app.forger), { authorization })
      assert.deepEqual(
        [answer.status, ((await answer.json()) as { err: string }).err],
        [400, 'authentication_failed'],
      )
    }
    assert.deepEqual(await isLoggedIn(browser), [true])
  })

  it('of the wrong media type, or by another method, is refused', async () => {
    const jwt = await signEvent(app.forger)
    assert.equal((await push(app, jwt, { 'content-type': 'application/jwt' })).status, 415)
    assert.equal((await push(app, 'x'.repeat(70_000))).status, 413)
    assert.equal((await push(app, '')).status, 400)
    assert.equal((await fetch(`${app.url}/openid/security_events`)).status, 404)
  })

  it('is 404 where the route has no path', async () => {
    const other = await start()
    assert.equal((await push(other, await signEvent(other.forger))).status, 404)
  })

  it('only tells of a changed password where the policy says so', async () => {
    const other = await start({ routes, securityEvents: { credentialChange: 'tell' } })
    const browser = new UserAgent()
    await browser.goto(`${other.url}/private`)
    const jwt = await signEvent(other.forger, { events: passwordChange(), sub_id: user(other.forger) })
    assert.equal((await push(other, jwt)).status, 202)
    assert.equal((await who(browser, other)).loggedIn, true)
  })
})
