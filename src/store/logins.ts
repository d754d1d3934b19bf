import { LoginError } from '../errors.js'
import type { EndReason } from '../events.js'
import { randomId, sha256 } from '../util/random.js'
import { EndedTokens } from './ended-tokens.js'
import { type LoginKeys, loginKeys } from './login-keys.js'
import {
  type LoginRecord,
  type LoginSummary,
  parseRecord,
  readRecord,
  remainingLife,
  summarize,
  writeRecord,
} from './login-record.js'
import { covers, issuedUntil, type LogoutMark, startedUntil } from './logout-mark.js'
import { LOGOUT_MEMORY } from './logout-memory.js'
import { type Refresh, Renewals, type RenewalsOptions } from './renewals.js'
import { Seals } from './seals.js'
import { SeenEvents } from './seen-events.js'
import type { Store } from './store.js'
import { WatchedLogins } from './watched-logins.js'

/** Seconds that a record outlives its login: whoever comes by then is told that its time was over. */
const AFTERLIFE = 60

/**
 * Seconds that the places in the indexes outlive the record: for a login that is written late, and for a process
 * whose clock is behind and takes it for living still.
 */
const INDEX_MARGIN = 60

/** How many logins one session of the provider, and one user, may have; beyond, the oldest ends. */
const MAX_OF_SESSION = 100
const MAX_OF_USER = 1000

/**
 * Seconds after its beginning in which it is noted that the provider ended a login, and for which the note is kept:
 * until its first request has come, a login that is not there could be taken for lost.
 */
const YOUNG = 60

/** How many logins of one user are looked at together: more at once would wait for each other too long. */
const BATCH = 100

export interface LoginsOptions extends RenewalsOptions {
  /** Tells applications and providers that share a store apart; a function where it is known only later. */
  space: string | (() => string)
  /** Whether a record that names this issuer is one of this provider's; any other counts as absent. */
  isOwn?: (issuer: string) => boolean
  /** Whether tokens are sealed, or a secret that their keys come of, besides the login's id. */
  sealTokens?: boolean | string
  /** Learns of each login that ended, and why. */
  onEnded?: (hash: string, record: LoginRecord, reason: EndReason) => void
  /** The time in seconds since the epoch. */
  now: () => number
  /** Seconds that the clocks of the provider's machines may differ. */
  clockTolerance?: number
  /** Seconds for which a logout is remembered at most, where access tokens live for longer than an hour. */
  logoutMemory?: number
  /** Seconds between two looks at the logins that are watched. Default 5. */
  liveCheck?: number
}

/** A login with the hash of its id. */
export interface Dated {
  hash: string
  record: LoginRecord
}

/** Is given a login that has ended, as it was. */
export type OnEnd = (login: Dated) => void

/** Which of an index end, by marks; without any, all. */
interface Ending {
  /** Covers those under way. */
  issued?: LogoutMark | undefined
  /** Covers those that are there. */
  there?: LogoutMark | undefined
  /** Goes on, whatever the marks say. */
  spared?: Dated | undefined
  onEnd?: OnEnd | undefined
}

/** What happens to one that ends. */
interface Endings {
  endTokens?: (record: LoginRecord) => Promise<void>
  onEnd?: OnEnd | undefined
}

/**
 * The logins of one provider, and the rule that a logout is final.
 *
 * Whoever begins a login writes it first and then looks whether it was ended; whoever ends logins first writes
 * that they are ended and then looks which there are. So whichever comes first, one of the two sees the other.
 * A renewal replaces what is there and never creates: it can not revive a login that was deleted meanwhile.
 */
export class Logins {
  readonly #store: Store
  readonly #clockTolerance: number
  readonly #space: LoginsOptions['space']
  readonly #now: () => number
  readonly #isOwn: (issuer: string) => boolean
  readonly #onEnded: NonNullable<LoginsOptions['onEnded']>
  readonly #renewals: Renewals
  readonly #seals: Seals
  /** The access tokens that have ended with their login. */
  readonly tokens: EndedTokens
  /** Which security events were served. */
  readonly events: SeenEvents
  /** The logins that open connections belong to. */
  readonly watched: WatchedLogins
  #madeKeys: LoginKeys | undefined

  constructor(store: Store, options: LoginsOptions) {
    this.#store = store
    this.#clockTolerance = options.clockTolerance ?? 0
    this.#space = options.space
    this.#now = options.now
    this.#isOwn = options.isOwn ?? (() => true)
    this.#onEnded = options.onEnded ?? (() => undefined)
    this.#seals = new Seals(options.sealTokens ?? false)
    this.events = new SeenEvents(store, () => this.#keys)
    this.tokens = new EndedTokens(store, {
      keys: () => this.#keys,
      now: options.now,
      clockTolerance: this.#clockTolerance,
      longest: options.logoutMemory,
    })
    this.watched = new WatchedLogins({
      every: options.liveCheck ?? 5,
      now: options.now,
      load: hash => this.#load(hash),
    })
    this.#renewals = new Renewals(store, options, {
      lock: state => this.#keys.lock(state),
      load: hash => this.#load(hash),
      rewrite: (hash, renewed, before) => this.#rewrite(hash, renewed, before),
      remove: (hash, record) => this.#endWithTokens(hash, record, 'renewal'),
      isEnded: (hash, record) => this.#isEnded(hash, record),
    })
  }

  get #keys(): LoginKeys {
    this.#madeKeys ??= loginKeys(typeof this.#space === 'string' ? this.#space : this.#space())
    return this.#madeKeys
  }

  /** Whether this proof is used for the first time, in whatever process; it is remembered for so many seconds. */
  useProof(id: string, seconds: number): Promise<boolean> {
    return this.#store.add(this.#keys.proof(id), '1', seconds)
  }

  /**
   * Starts a login and gives its id, which is to be kept secret. Where session or user have too many now, their
   * oldest ends.
   * Throws `login_ended` when a logout came in since its tokens were issued.
   */
  async begin(record: LoginRecord): Promise<string> {
    const id = randomId()
    const hash = sha256(id)
    const left = remainingLife(record, this.#now())
    if (left <= 0 || this.#isForgettable(record)) throw new LoginError('login_ended')
    const life = left + AFTERLIFE
    await this.tokens.learn(record.tokens.expiresIn)
    await this.#index(hash, record, life)
    await this.#store.set(this.#keys.login(hash), this.#written(hash, record, this.#seals.keyOf(id)), life)
    if ((await this.#isEnded(hash, record)) || this.#isForgettable(record)) {
      await this.#remove(hash, record)
      throw new LoginError('login_ended')
    }
    await this.#endSurplus(record)
    return id
  }

  /** The login with this id; `undefined` when there is none, or its time is over. */
  async read(id: string): Promise<LoginRecord | undefined> {
    const hash = sha256(id)
    const record = this.#own(parseRecord(await this.#store.get(this.#keys.login(hash))))
    if (record === undefined) this.watched.ended(hash)
    if (record === undefined) return undefined
    if (remainingLife(record, this.#now()) > 0)
      return this.#opened(hash, record, this.#seals.keyFor(record, id))
    await this.#remove(hash, record, 'cap')
    return undefined
  }

  /** Whether the provider has ended the login with this hash, which began a moment ago. */
  async wasEnded(hash: string): Promise<boolean> {
    return (await this.#store.get(this.#keys.ended(hash))) !== undefined
  }

  /** Ends one login by its secret id. */
  async end(id: string, reason: EndReason = 'logout'): Promise<boolean> {
    return this.#endIf(sha256(id), () => true, reason)
  }

  /** Ends one login by the id that `list` gives. */
  async endByHash(hash: string, onEnd?: OnEnd): Promise<boolean> {
    return this.#endIf(hash, () => true, 'code', { onEnd })
  }

  /**
   * Ends every login of one session of the provider; tells how many.
   * @param until only logins whose ID token is not younger than this (the provider's time); default: all. The
   *   provider's machines may differ by the clock tolerance: a session that has ended gets no younger ones, and
   *   one that goes on (the user took back a consent) can be logged in with again when that time is over.
   * @param onEnd is given each that has ended
   */
  async endBySid(sid: string, until?: number, onEnd?: OnEnd): Promise<number> {
    const issued = until === undefined ? undefined : issuedUntil(until + this.#clockTolerance)
    return this.#endAll(this.#keys.endedSid(sid), this.#keys.ofSid(sid), { issued, onEnd })
  }

  /**
   * Ends every login of a user; tells how many.
   * @param until only logins whose ID token is not younger than this (the provider's time); default: all. For
   *   logins that are there the clock tolerance comes on top; one that begins later is let in, since a user who
   *   was logged out may log in again at once.
   */
  async endBySub(sub: string, until?: number, onEnd?: OnEnd): Promise<number> {
    return this.#endThere(this.#keys.endedSub(sub), this.#keys.ofSub(sub), until, onEnd)
  }

  /**
   * Ends every login of a user but the one with this hash; tells how many. Also those under way: the one that goes
   * on is there already. Where it is not, all end.
   */
  async endOthers(sub: string, except: string, onEnd?: OnEnd): Promise<number> {
    const record = await this.#load(except)
    const spared = record && { hash: except, record }
    return this.#endAll(this.#keys.endedSub(sub), this.#keys.ofSub(sub), { spared, onEnd })
  }

  /**
   * Keeps at most so many logins of a user, right after one of them has begun. What is beyond ends: the oldest, or
   * with `refuse` the youngest. Of many that begin at once each looks when it is written, and so the last to be
   * written sees all; since all order them alike, each ends only what has to go whoever looks, and `max` stay.
   *
   * @returns what became of the one that has begun; `gone` when another has ended it
   */
  async keepAtMost(
    max: number,
    excess: 'oldest' | 'refuse',
    id: string,
    { sub }: LoginRecord,
  ): Promise<'stays' | 'surplus' | 'gone'> {
    const own = sha256(id)
    const youngestFirst = await this.#youngestFirst(await this.#store.members(this.#keys.ofSub(sub)))
    const surplus = excess === 'oldest' ? youngestFirst.slice(max) : youngestFirst.slice(0, -max)
    await this.#endSurplusOf(youngestFirst, surplus)
    const isOwn = ({ hash }: Dated) => hash === own
    if (surplus.some(isOwn)) return 'surplus'
    return youngestFirst.some(isOwn) ? 'stays' : 'gone'
  }

  /** As `endBySub`, but only those that name no session: a logout request for a session can not name them. */
  async endBySubAlone(sub: string, until?: number): Promise<number> {
    return this.#endThere(this.#keys.endedSubAlone(sub), this.#keys.ofSubAlone(sub), until)
  }

  /** The living logins of a user, without their tokens. */
  async list(sub: string): Promise<LoginSummary[]> {
    return this.#eachOf(this.#keys.ofSub(sub), async hash => {
      const record = await this.#load(hash)
      return record && summarize(hash, record)
    })
  }

  /**
   * Renews a login's tokens, once: whoever comes while that is under way, here or in another process, gets the
   * same result.
   *
   * @param seen the record as the caller read it
   * @param refresh asks the provider for new tokens; throws `RefreshRejectedError` when it has ended the login, and
   *   `RefreshTokenSpentError` when its answer is not to be believed
   * @returns the login as it is now; `undefined` when it has ended
   */
  async renew(id: string, seen: LoginRecord, refresh: Refresh): Promise<LoginRecord | undefined> {
    const hash = sha256(id)
    const renewed = await this.#seals.holding(id, () => this.#renewals.renew(hash, seen, refresh))
    if (!renewed) this.watched.ended(hash)
    return renewed
  }

  /** Whether its tokens are so old that a logout which came in since may be forgotten soon. */
  #isForgettable({ tokens }: LoginRecord): boolean {
    return this.#now() - tokens.receivedAt > LOGOUT_MEMORY / 2
  }

  async #isEnded(hash: string, record: LoginRecord): Promise<boolean> {
    const { sid, sub } = record
    const marks = await Promise.all([
      this.#store.members(sid === undefined ? this.#keys.endedSubAlone(sub) : this.#keys.endedSid(sid)),
      this.#store.members(this.#keys.endedSub(sub)),
    ])
    return marks.flat().some(mark => covers(mark, record, hash))
  }

  /** The mark is for logins under way; of those that are there the clock tolerance tells which are not younger. */
  async #endThere(marks: string, index: string, until?: number, onEnd?: OnEnd): Promise<number> {
    if (until === undefined) return this.#endAll(marks, index, { onEnd })
    const there = issuedUntil(until + this.#clockTolerance)
    return this.#endAll(marks, index, { issued: issuedUntil(until), there, onEnd })
  }

  /** Without a mark of the provider: all that are there, and those under way that began before now. */
  async #endAll(
    place: string,
    index: string,
    { issued, there = issued, spared, onEnd }: Ending,
  ): Promise<number> {
    const memory = await this.tokens.memory()
    const mark = issued ?? startedUntil(this.#now(), spared?.hash)
    await this.#store.addMember(place, mark, memory)
    const reason = issued === undefined ? 'code' : 'request'
    const isCovered = (record: LoginRecord) => there === undefined || covers(there, record)
    const endTokens = async (record: LoginRecord) => {
      // Access tokens end by their session: that of the login which goes on does, too.
      if (spared === undefined || record.sid !== spared.record.sid)
        await this.tokens.end(record, memory, { place, mark })
    }
    const indexed = (await this.#store.members(index)).filter(hash => hash !== spared?.hash)
    const ended = await this.#visit(indexed, hash =>
      this.#endIf(hash, isCovered, reason, { endTokens, onEnd }),
    )
    return ended.filter(Boolean).length
  }

  /**
   * A login that was just written counts itself: of several at once, the last sees them all. Under the bounds it
   * costs one look at the user's index, in which all of the session's are.
   */
  async #endSurplus(record: LoginRecord): Promise<void> {
    const [session, user] = this.#indexesOf(record)
    const ofUser = await this.#store.members(user)
    if (ofUser.length > MAX_OF_USER) await this.#endOldest(ofUser, MAX_OF_USER)
    if (record.sid === undefined || ofUser.length <= MAX_OF_SESSION) return
    const ofSession = await this.#store.members(session)
    if (ofSession.length > MAX_OF_SESSION) await this.#endOldest(ofSession, MAX_OF_SESSION)
  }

  async #endOldest(hashes: string[], max: number): Promise<void> {
    const surplus = (await this.#youngestFirst(hashes)).slice(max)
    await Promise.all(surplus.map(({ hash, record }) => this.#remove(hash, record, 'surplus')))
  }

  /** With their access tokens, unless one that stays is of the same session. */
  async #endSurplusOf(all: Dated[], surplus: Dated[]): Promise<void> {
    const stay = all.filter(each => !surplus.includes(each)).map(({ record }) => record.sid)
    await Promise.all(
      surplus.map(({ hash, record }) =>
        stay.includes(record.sid)
          ? this.#remove(hash, record, 'surplus')
          : this.#endWithTokens(hash, record, 'surplus'),
      ),
    )
  }

  /** The living ones of these, in one order whoever looks: two may have begun at the same moment. */
  async #youngestFirst(hashes: string[]): Promise<Dated[]> {
    const logins = await this.#visit(hashes, async hash => {
      const record = await this.#load(hash)
      return record && { hash, record }
    })
    return logins.sort((a, b) => b.record.startedAt - a.record.startedAt || (a.hash < b.hash ? -1 : 1))
  }

  /** A member without a record stays: it may be of a login that is about to be written. */
  async #eachOf<T>(index: string, visit: (hash: string) => Promise<T | undefined>): Promise<T[]> {
    return this.#visit(await this.#store.members(index), visit)
  }

  async #visit<T>(hashes: string[], visit: (hash: string) => Promise<T | undefined>): Promise<T[]> {
    const results: T[] = []
    for (let i = 0; i < hashes.length; i += BATCH) {
      const batch = await Promise.all(hashes.slice(i, i + BATCH).map(visit))
      for (const result of batch) if (result !== undefined) results.push(result)
    }
    return results
  }

  /** Also when it is over by our clock: another process' may be behind. Its access tokens end first. */
  async #endIf(
    hash: string,
    isCovered: (record: LoginRecord) => boolean,
    reason: EndReason,
    { endTokens = record => this.#endTokens(record), onEnd }: Endings = {},
  ): Promise<boolean> {
    const record = this.#own(parseRecord(await this.#store.get(this.#keys.login(hash))))
    if (record === undefined || !isCovered(record)) return false
    // The browser that logged in anew goes on in the same session.
    if (reason !== 'replaced') await endTokens(record)
    const hasEnded = await this.#remove(hash, record, reason)
    if (hasEnded) onEnd?.({ hash, record })
    return hasEnded
  }

  async #endTokens(record: LoginRecord): Promise<void> {
    await this.tokens.end(record, await this.tokens.memory())
  }

  async #endWithTokens(hash: string, record: LoginRecord, reason: EndReason): Promise<boolean> {
    await this.#endTokens(record)
    return this.#remove(hash, record, reason)
  }

  async #load(hash: string): Promise<LoginRecord | undefined> {
    const record = this.#own(readRecord(await this.#store.get(this.#keys.login(hash)), this.#now()))
    return record && this.#opened(hash, record, this.#seals.held(hash))
  }

  /** With its tokens, where there is a key. One that a key does not open is no login, and ends. */
  async #opened(
    hash: string,
    record: LoginRecord,
    key: Buffer | undefined,
  ): Promise<LoginRecord | undefined> {
    if (record.sealed === undefined || key === undefined) return record
    const opened = this.#seals.open(record, this.#keys.login(hash), key)
    if (opened === undefined) await this.#remove(hash, record, 'unreadable')
    return opened
  }

  /** As it stands in the store, sealed where that is on. */
  #written(hash: string, record: LoginRecord, key = this.#seals.held(hash)): string {
    return writeRecord(this.#seals.seal(record, this.#keys.login(hash), key))
  }

  /** A record that names another issuer is another realm's, however it came under this key. */
  #own(record: LoginRecord | undefined): LoginRecord | undefined {
    return record && this.#isOwn(record.iss) ? record : undefined
  }

  /**
   * Writes a login that was renewed; tells whether it was still there. Its place in the indexes is prolonged first,
   * and a place never gets a shorter life: whatever becomes of this write, a logout finds the login.
   */
  async #rewrite(hash: string, renewed: LoginRecord, before: LoginRecord): Promise<boolean> {
    const life = remainingLife(renewed, this.#now()) + AFTERLIFE
    await this.tokens.learn(renewed.tokens.expiresIn)
    await this.#index(hash, renewed, life)
    const written = await this.#store.replace(this.#keys.login(hash), this.#written(hash, renewed), life)
    if (!written) await this.#unindex(hash, renewed)
    return written && (renewed.sid === before.sid || this.#changeSession(hash, renewed, before))
  }

  /** As when a login begins, a logout of the session that is new to this login may have come before its index. */
  async #changeSession(hash: string, renewed: LoginRecord, before: LoginRecord): Promise<boolean> {
    const [session] = this.#indexesOf(before)
    await this.#store.removeMember(session, hash)
    if (!(await this.#isEnded(hash, renewed))) return true
    await this.#remove(hash, renewed, 'renewal')
    return false
  }

  async #index(hash: string, record: LoginRecord, life: number): Promise<void> {
    const indexes = this.#indexesOf(record)
    await Promise.all(indexes.map(index => this.#store.addMember(index, hash, life + INDEX_MARGIN)))
  }

  async #unindex(hash: string, record: LoginRecord): Promise<void> {
    await Promise.all(this.#indexesOf(record).map(index => this.#store.removeMember(index, hash)))
  }

  #indexesOf({ sid, sub }: LoginRecord): [session: string, user: string] {
    return [sid === undefined ? this.#keys.ofSubAlone(sub) : this.#keys.ofSid(sid), this.#keys.ofSub(sub)]
  }

  /** @param reason for who listens; none for a login that never began */
  async #remove(hash: string, record: LoginRecord, reason?: EndReason): Promise<boolean> {
    const wasThere = await this.#store.delete(this.#keys.login(hash))
    this.watched.ended(hash)
    await this.#unindex(hash, record)
    if (!wasThere || reason === undefined) return wasThere
    this.#onEnded(hash, record, reason)
    const isYoung = this.#now() - record.startedAt < YOUNG
    if (isYoung && (reason === 'request' || reason === 'renewal')) await this.#noteEnd(hash)
    return true
  }

  /** The login is over, whether that is noted or not. */
  async #noteEnd(hash: string): Promise<void> {
    await this.#store.set(this.#keys.ended(hash), '1', YOUNG).catch(() => undefined)
  }
}
