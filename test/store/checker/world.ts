import { ProviderError } from '../../../src/errors.js'
import { type LoginRecord, parseRecord, remainingLife } from '../../../src/store/login-record.js'
import type { Logins } from '../../../src/store/logins.js'
import type { RefreshRejectedError } from '../../../src/store/renewals.js'
import type { TokenSet } from '../../../src/token.js'
import { sha256 } from '../../../src/util/random.js'
import { type ModelStore, modelStore } from './model-store.js'
import { Scheduler, settled } from './scheduler.js'

/** The modules under test, or changed copies of them. */
export interface LoginsModule {
  Logins: typeof Logins
  RefreshRejectedError: typeof RefreshRejectedError
}

export interface LoginSpec {
  sub: string
  sid?: string
  /** `iat` of its ID token; default 10. */
  issuedAt?: number
  /** How many its user may have, and which go beyond. */
  limit?: [max: number, excess: 'oldest' | 'refuse']
}

/** When everything begins, in seconds. */
const START = 1000

const SPACE = 'space'

export interface WorldOptions {
  /** Whether the store is a wrong one, in which the life of a member may get shorter. */
  shortens?: boolean
  /** Seconds that the next refresh token lives. */
  refreshLife?: () => number
}

/** A login as its browser knows it, and whether its renewal ever told the user that it is over. */
interface Held {
  name: string
  spec: Required<Pick<LoginSpec, 'sub' | 'issuedAt'>> & LoginSpec
  id?: string
  record: LoginRecord
  refused: boolean
}

interface Logout {
  answered: boolean
  covers(login: Held): boolean
  /** Whether it may end this login, too: without a time, one that begins meanwhile may fall on either side. */
  mayEnd(login: Held): boolean
}

/** A violation of what has to hold, and how it came about. */
export class Violation extends Error {
  override name = 'Violation'
}

/**
 * Browsers, a provider and any number of processes over one store; and what must hold between them at every
 * moment: a logout is final, it ends nothing else, and whatever dies now, a later logout finds every login.
 */
export class World {
  readonly scheduler: Scheduler
  readonly store: ModelStore
  /** Stands still unless it is advanced. */
  now = START
  readonly #module: LoginsModule
  readonly #processes = new Map<string, Logins>()
  readonly #logins: Held[] = []
  readonly #logouts: Logout[] = []
  readonly #names = new Map<string, string>()
  readonly #usedUp = new Set<string>()
  readonly #refreshLife: () => number
  #isStarted = false
  #failure: unknown

  constructor(module: LoginsModule, { shortens = false, refreshLife = () => 2000 }: WorldOptions = {}) {
    this.#module = module
    this.#refreshLife = refreshLife
    this.store = modelStore(() => this.now, { shortens })
    this.scheduler = new Scheduler((text, actor) => this.#rename(text, actor))
    for (const id of ['A', 'B', 'C', 'alice', 'bob']) this.#names.set(sha256(id), id)
  }

  /** Runs actors one after the other, undisturbed. */
  async prepare(actors: Record<string, Actor>): Promise<void> {
    for (const [name, actor] of Object.entries(actors)) await actor(this, name)
  }

  /** Starts actors, each a process of its own; from now on nothing happens unless a step is taken. */
  async start(actors: Record<string, Actor>): Promise<void> {
    this.#isStarted = true
    for (const [name, actor] of Object.entries(actors)) {
      actor(this, name).catch(error => {
        this.#failure = error
      })
    }
    await settled()
  }

  /** Everything that the future depends on. */
  get state(): string {
    const sets = [...this.store.sets].map(([key, members]) => [key, [...members].sort()])
    const stored = JSON.stringify([[...this.store.values].sort(), sets.sort()])
    const known = this.#logins.map(({ name, id, refused }) => [name, id !== undefined, refused])
    const answered = this.#logouts.map(logout => logout.answered)
    return `${this.#rename(stored, 'nobody')}${this.scheduler.histories}${JSON.stringify([known, answered])}`
  }

  /** Throws when something is not as it must be, whatever else may happen. */
  check(): void {
    if (this.#failure) throw this.#failure
    for (const login of this.#logins) {
      if (login.id === undefined || !this.#lives(login)) continue
      const logout = this.#logouts.find(each => each.answered && each.covers(login))
      if (logout) throw new Violation(`${login.name} lives after a logout that covers it was answered`)
    }
    for (const key of this.store.values.keys()) if (key.includes(':login:')) this.#checkIndexed(key)
  }

  /** Throws when something is not as it must be at the end. */
  checkEnd(): void {
    this.check()
    this.#checkLimits()
    for (const login of this.#logins) {
      if (login.spec.limit || this.#logouts.some(logout => logout.mayEnd(login))) continue
      if (login.id === undefined || login.refused || !this.#lives(login)) {
        throw new Violation(`${login.name} was ended, and no logout covers it`)
      }
    }
  }

  /** Where a user may have so many, no more stay, and unless a logout ends some, no fewer and the right ones. */
  #checkLimits(): void {
    for (const sub of new Set(this.#logins.map(({ spec }) => spec.sub))) {
      const limited = this.#logins.filter(({ spec }) => spec.sub === sub && spec.limit)
      const [max, excess] = limited[0]?.spec.limit ?? [Infinity]
      const living = limited.filter(each => this.#lives(each))
      const ended = limited.filter(each => !this.#lives(each))
      if (living.length > max) throw new Violation(`${living.length} logins of ${sub} stay, and not ${max}`)
      if (limited.some(login => this.#logouts.some(logout => logout.mayEnd(login)))) continue
      if (living.length < Math.min(max, limited.length)) throw new Violation(`too few logins of ${sub} stay`)
      const goesBefore = (a: Held, b: Held) =>
        excess === 'oldest' ? a.spec.issuedAt < b.spec.issuedAt : a.spec.issuedAt > b.spec.issuedAt
      if (living.some(stays => ended.some(gone => goesBefore(stays, gone))))
        throw new Violation(`the wrong logins of ${sub} stay`)
    }
  }

  async login(actor: string, spec: LoginSpec): Promise<void> {
    const { issuedAt = 10 } = spec
    const record = recordOf(actor, { ...spec, issuedAt }, this.now)
    const login: Held = { name: actor, spec: { ...spec, issuedAt }, record, refused: false }
    this.#logins.push(login)
    try {
      login.id = await this.#process(actor).begin(record)
      this.#names.set(sha256(login.id), actor)
      if (!spec.limit) return
      const fate = await this.#process(actor).keepAtMost(...spec.limit, login.id, record)
      login.refused = fate !== 'stays'
    } catch (error) {
      if ((error as { code?: unknown }).code !== 'login_ended') throw error
      login.refused = true
    }
  }

  /** Does nothing when the browser got no login. */
  async renew(actor: string, name: string): Promise<void> {
    const login = this.#held(name)
    if (login.id === undefined) return
    const renewed = await this.#process(actor).renew(login.id, login.record, record =>
      this.scheduler.step(actor, 'refresh', () => this.#refresh(record)),
    )
    if (renewed) login.record = renewed
    else login.refused = true
  }

  /** A request: reads the login, and renews it. What the store or the provider does not answer ends it. */
  async visit(actor: string, name: string): Promise<void> {
    const { id } = this.#held(name)
    const seen = id === undefined ? undefined : await this.#process(actor).read(id)
    if (id === undefined || !seen) return
    const failure = new ProviderError('provider_unavailable')
    await this.#process(actor).renew(id, seen, record =>
      this.scheduler.step(actor, 'refresh', () => this.#refresh(record), { failure }),
    )
  }

  /** So many seconds pass, whatever is under way. */
  advance(seconds: number): void {
    this.now += seconds
    this.scheduler.changed()
  }

  async end(actor: string, name: string): Promise<void> {
    const login = this.#held(name)
    const { id } = login
    if (id === undefined) return
    const isIt = (other: Held) => other === login
    await this.#logout({ covers: isIt, mayEnd: isIt }, () => this.#process(actor).end(id))
  }

  async endBySid(actor: string, sid: string, until?: number): Promise<void> {
    const { now } = this
    const mayEnd = ({ spec }: Held) => spec.sid === sid && spec.issuedAt <= (until ?? Infinity)
    const covers = (login: Held) => mayEnd(login) && login.spec.issuedAt <= now
    await this.#logout({ covers, mayEnd }, () => this.#process(actor).endBySid(sid, until))
  }

  async endBySub(actor: string, sub: string, until?: number): Promise<void> {
    const { now } = this
    const mayEnd = ({ spec }: Held) => spec.sub === sub && spec.issuedAt <= (until ?? Infinity)
    const covers = (login: Held) => mayEnd(login) && login.spec.issuedAt <= now
    await this.#logout({ covers, mayEnd }, () => this.#process(actor).endBySub(sub, until))
  }

  /** As `verifySecurityEvent` and `endLogins` do it: remembered when it is served, and not before. */
  async securityEvent(actor: string, jti: string, sub: string, until: number): Promise<void> {
    const mayEnd = ({ spec }: Held) => spec.sub === sub && spec.issuedAt <= until
    const logins = this.#process(actor)
    await this.#logout({ covers: mayEnd, mayEnd }, async () => {
      if (await logins.events.has(jti)) return
      await logins.endBySub(sub, until)
      await logins.events.add(jti)
    })
  }

  /** The one that goes on is there before. */
  async endOthers(actor: string, sub: string, except: string): Promise<void> {
    const { id } = this.#held(except)
    if (id === undefined) throw new Error(`there is no login ${except}`)
    const mayEnd = (login: Held) => login.spec.sub === sub && login.id !== id
    await this.#logout({ covers: mayEnd, mayEnd }, () => this.#process(actor).endOthers(sub, sha256(id)))
  }

  async #logout(which: Omit<Logout, 'answered'>, run: () => Promise<unknown>): Promise<void> {
    const logout = { ...which, answered: false }
    this.#logouts.push(logout)
    await run()
    logout.answered = true
  }

  /** A provider that rotates refresh tokens, and takes one that comes twice for stolen. */
  async #refresh({ tokens }: LoginRecord): Promise<TokenSet> {
    const refreshToken = String(tokens.refreshToken)
    if (this.#usedUp.has(refreshToken)) {
      throw new this.#module.RefreshRejectedError('invalid_grant')
    }
    this.#usedUp.add(refreshToken)
    return {
      ...tokens,
      refreshToken: `${refreshToken}'`,
      refreshExpiresIn: this.#refreshLife(),
      receivedAt: this.now,
    }
  }

  /** `a@p` and `b@p` are two requests to one process. */
  #process(actor: string): Logins {
    const name = actor.split('@')[1] ?? actor
    const process = this.#processes.get(name) ?? this.#newProcess(name)
    this.#processes.set(name, process)
    return process
  }

  #newProcess(actor: string): Logins {
    const store = this.#isStarted ? this.scheduler.store(actor, this.store) : this.store
    const pause = () => this.scheduler.pause(actor)
    return new this.#module.Logins(store, { space: SPACE, now: () => this.now, lockTtl: 5, pause })
  }

  #held(name: string): Held {
    const login = this.#logins.find(each => each.name === name)
    if (!login) throw new Error(`there is no login ${name}`)
    return login
  }

  #lives({ id }: Held): boolean {
    return id !== undefined && this.#livesUntil(loginKey(sha256(id))) > this.now
  }

  /** When a record ends, in the store or by itself: by whichever comes first it lets no request in any more. */
  #livesUntil(key: string): number {
    const { value, end } = this.store.values.get(key) ?? { value: undefined, end: 0 }
    return value === undefined ? 0 : Math.min(end, knownOf(value).end)
  }

  /** Whatever dies now: a logout that comes later has to find this record, as long as it lives. */
  #checkIndexed(key: string): void {
    const end = this.#livesUntil(key)
    if (end <= this.now) return
    const hash = key.slice(loginKey('').length)
    const owner = knownOf(this.store.values.get(key)?.value ?? '').name
    const login = this.#logins.find(each => each.name === owner)
    if (!login) throw new Error(`nobody wrote ${key}`)
    const { sid, sub } = login.spec
    const indexes = [
      `sub:${sha256(sub)}`,
      sid === undefined ? `sub-alone:${sha256(sub)}` : `sid:${sha256(sid)}`,
    ]
    for (const index of indexes) {
      const memberEnd = this.store.sets.get(`koa-keycloak:${SPACE}:${index}`)?.get(hash) ?? 0
      if (memberEnd < end) throw new Violation(`a later logout would not find ${login.name}`)
    }
  }

  /** A hash that nobody has seen before is the login's that this actor begins. */
  #rename(text: string, actor: string): string {
    return text.replace(/[\w-]{43}/g, hash => {
      if (!this.#names.has(hash)) this.#names.set(hash, actor)
      return this.#names.get(hash) ?? hash
    })
  }
}

export type Actor = (world: World, name: string) => Promise<void>

interface Known {
  name: string
  /** When it ends, in seconds. */
  end: number
}

const known = new Map<string, Known>()

/** Which login a value is, and when it ends. Few values are looked at very often. */
function knownOf(value: string): Known {
  const before = known.get(value)
  if (before) return before
  const record = parseRecord(value)
  const name = record?.tokens.accessToken.replace('access ', '') ?? ''
  const found = { name, end: record ? remainingLife(record, 0) : 0 }
  known.set(value, found)
  return found
}

function loginKey(hash: string): string {
  return `koa-keycloak:${SPACE}:login:${hash}`
}

function recordOf(
  name: string,
  { sub, sid, issuedAt }: LoginSpec & { issuedAt: number },
  now: number,
): LoginRecord {
  const tokens: TokenSet = {
    accessToken: `access ${name}`,
    refreshToken: `refresh ${name}`,
    tokenType: 'Bearer',
    scope: [],
    refreshExpiresIn: 1000,
    receivedAt: now,
  }
  const times = { issuedAt, startedAt: issuedAt, endsAt: now + 36_000, renewals: 0 }
  return { iss: 'https://keycloak.example', sub, ...(sid !== undefined && { sid }), ...times, tokens }
}
