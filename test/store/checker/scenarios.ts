import type { Scenario } from './explore.js'
import type { Actor, LoginSpec } from './world.js'

export const login =
  (spec: Partial<LoginSpec> = {}): Actor =>
  (world, actor) =>
    world.login(actor, { sub: 'alice', sid: 'A', ...spec })

export const renew =
  (name: string): Actor =>
  (world, actor) =>
    world.renew(actor, name)

export const end =
  (name: string): Actor =>
  (world, actor) =>
    world.end(actor, name)

export const endBySid =
  (sid = 'A', until?: number): Actor =>
  (world, actor) =>
    world.endBySid(actor, sid, until)

export const endBySub =
  (sub = 'alice', until?: number): Actor =>
  (world, actor) =>
    world.endBySub(actor, sub, until)

/** A security event about a user: it may be delivered twice at the same time. */
export const securityEvent =
  (jti: string, until: number, sub = 'alice'): Actor =>
  (world, actor) =>
    world.securityEvent(actor, jti, sub, until)

/** All of a user's but one. */
export const endOthers =
  (except: string, sub = 'alice'): Actor =>
  (world, actor) =>
    world.endOthers(actor, sub, except)

/** One after the other. */
export const inTurn =
  (...actors: Actor[]): Actor =>
  async (world, name) => {
    for (const actor of actors) await actor(world, name)
  }

/** Small, and all that the rule speaks of; the largest last. ID tokens are issued at 10 unless said otherwise. */
export const scenarios: Record<string, Scenario> = {
  'a login against the logout of its session': {
    meanwhile: { login: login(), logout: endBySid('A', 12) },
  },
  'a login against the logout of its user': {
    meanwhile: { login: login(), logout: endBySub('alice', 12) },
  },
  'a login against the end of all logins of its session, asked for by the application': {
    meanwhile: { login: login(), logout: endBySid() },
  },
  'a login against the end of all logins of its user, asked for by the application': {
    meanwhile: { login: login(), logout: endBySub() },
  },
  'a login without a session against the logout of its user': {
    meanwhile: {
      login: (world, actor) => world.login(actor, { sub: 'alice' }),
      logout: endBySub('alice', 12),
    },
  },
  'a login that is younger than the logout of its session, which went on': {
    meanwhile: { login: login({ issuedAt: 20 }), logout: endBySid('A', 12) },
  },
  'a login that begins after the application has ended all': {
    inOrder: true,
    before: { first: login() },
    meanwhile: { login: login({ issuedAt: 1001 }), logout: endBySub() },
  },
  'logins of others, and of other sessions': {
    meanwhile: { alice: login({ sid: 'B' }), logout: endBySid('A', 12) },
  },
  'logins of other users': {
    meanwhile: { bob: login({ sub: 'bob', sid: 'B' }), logout: endBySub('alice', 12) },
  },
  'a renewal against the logout of the session': {
    before: { login: login() },
    meanwhile: { renewal: renew('login'), logout: endBySid('A', 12) },
  },
  'a renewal against the logout of the user': {
    before: { login: login() },
    meanwhile: { renewal: renew('login'), logout: endBySub('alice', 12) },
  },
  'a renewal against a logout here': {
    before: { login: login() },
    meanwhile: { renewal: renew('login'), logout: end('login') },
  },
  'two renewals in two processes': {
    before: { login: login() },
    meanwhile: { one: renew('login'), other: renew('login') },
  },
  'two renewals in one process, and one in another': {
    before: { login: login() },
    meanwhile: { 'one@p': renew('login'), 'other@p': renew('login'), elsewhere: renew('login') },
  },
  'two renewals one after the other, against one elsewhere': {
    before: { login: login() },
    meanwhile: { one: inTurn(renew('login'), renew('login')), other: renew('login') },
  },
  'a logout against the same logout': {
    before: { login: login() },
    meanwhile: { one: endBySid('A', 12), again: endBySid('A', 12) },
  },
  'a logout of the session against one of the user': {
    before: { login: login() },
    meanwhile: { one: endBySid('A', 12), other: endBySub('alice', 12) },
  },
  'a logout here against one of the session': {
    before: { login: login() },
    meanwhile: { here: end('login'), there: endBySid('A', 12) },
  },
  'a login and one that was there before, against the logout of their session': {
    inOrder: true,
    before: { first: login() },
    meanwhile: { second: login(), logout: endBySid('A', 12) },
  },
  'a login against the end of all others of its user': {
    before: { kept: login() },
    meanwhile: { login: login({ sid: 'B' }), others: endOthers('kept') },
  },
  'a login that goes on and is renewed, against the end of all others of its user': {
    inOrder: true,
    before: { kept: login(), other: login({ sid: 'B' }) },
    meanwhile: { renewal: inTurn(renew('kept'), renew('kept')), others: endOthers('kept') },
  },
  'a login that goes on, against the end of all others and a logout of all': {
    inOrder: true,
    before: { kept: login() },
    meanwhile: { others: endOthers('kept'), all: endBySub(), renewal: renew('kept') },
  },
  // Where many begin at once, which is the youngest has to be the same in every run: their times differ.
  'two logins of a user who may have one': {
    inOrder: true,
    meanwhile: { one: login({ issuedAt: 11, limit: [1, 'oldest'] }), other: login({ limit: [1, 'oldest'] }) },
  },
  'a login of a user who may have one, and has it, which is renewed': {
    inOrder: true,
    before: { first: login({ limit: [1, 'oldest'] }) },
    meanwhile: { second: login({ sid: 'B', issuedAt: 11, limit: [1, 'oldest'] }), renewal: renew('first') },
  },
  'two logins of a user who may have one, the younger of which is refused': {
    inOrder: true,
    meanwhile: { one: login({ issuedAt: 11, limit: [1, 'refuse'] }), other: login({ limit: [1, 'refuse'] }) },
  },
  'a login of a user who may have one, against a logout of the one that is there': {
    inOrder: true,
    before: { first: login({ limit: [1, 'oldest'] }) },
    meanwhile: {
      second: login({ sid: 'B', issuedAt: 13, limit: [1, 'oldest'] }),
      logout: endBySub('alice', 12),
    },
  },
  'a login, its renewal, and two logouts': {
    inOrder: true,
    meanwhile: {
      login: inTurn(login(), renew('login')),
      session: endBySid('A', 12),
      user: endBySub('alice', 9),
    },
  },
  'a login that is younger than the logout of its user, and its own logout': {
    inOrder: true,
    meanwhile: { login: login({ issuedAt: 20 }), old: endBySub('alice', 12), own: endBySid('A', 22) },
  },
  'a login, a renewal and a logout': {
    inOrder: true,
    before: { first: login() },
    meanwhile: { second: login(), renewal: renew('first'), logout: endBySid('A', 12) },
  },
  'two logins of one session against its logout': {
    inOrder: true,
    meanwhile: { one: login(), other: login(), logout: endBySid('A', 12) },
  },
  'a login against a security event that is delivered twice': {
    inOrder: true,
    meanwhile: {
      login: login({ issuedAt: 12 }),
      event: securityEvent('e', 12),
      again: securityEvent('e', 12),
    },
  },
  'a login that is younger than a security event which comes again': {
    inOrder: true,
    before: { event: securityEvent('e', 12) },
    meanwhile: { login: login({ issuedAt: 13 }), again: securityEvent('e', 12) },
  },
}
