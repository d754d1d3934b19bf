import { setTimeout as delay } from 'node:timers/promises'
import { LoginError, ProviderError, StoreError } from '../errors.js'
import type { TokenSet } from '../token.js'
import { randomId, sha256 } from '../util/random.js'
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
import type { Store } from './store.js'

/** How long a logout is remembered, in seconds: far longer than any request that may still be running. */
const LOGOUT_MEMORY = 3600

/** Seconds between two looks at a login that another process renews. */
const POLL_INTERVAL = 0.05

/** Seconds for which those who waited for a renewal are told that it failed. */
const FAILURE_MEMORY = 2

/** How many logins of one user are looked at together: more at once would wait for each other too long. */
const BATCH = 100

/** How many renewals that could not be written are kept; the oldest goes. */
const MAX_UNWRITTEN = 1000

/** Thrown by the function that `renew` calls, to say that the provider has ended the login. */
export class RefreshRejectedError extends Error {
  override name = 'RefreshRejectedError'
}

export interface LoginsOptions {
  /** Tells applications and providers that share a store apart. */
  space: string
  /** The time in seconds since the epoch. */
  now: () => number
  /** Seconds after which a renewal of another process is taken for dead. Longer than a renewal may ever take. */
  lockTtl: number
  /** Seconds that the clocks of the provider's machines may differ. */
  clockTolerance?: number
  /** Waits for so many seconds; for tests. */
  pause?: (seconds: number) => Promise<void>
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
  readonly #options: Required<LoginsOptions>
  readonly #now: () => number
  readonly #keys: LoginKeys
  readonly #renewing = new Map<string, Promise<LoginRecord | undefined>>()
  /** What the provider has renewed but the store did not take yet: the tokens before are used up. */
  readonly #unwritten = new Map<string, LoginRecord>()

  constructor(store: Store, options: LoginsOptions) {
    this.#store = store
    this.#options = { clockTolerance: 0, pause: seconds => delay(seconds * 1000), ...options }
    this.#now = options.now
    this.#keys = loginKeys(options.space)
  }

  /**
   * Starts a login and gives its id, which is to be kept secret.
   * Throws `login_ended` when a logout came in since its tokens were issued.
   */
  async begin(record: LoginRecord): Promise<string> {
    const id = randomId()
    const hash = sha256(id)
    const life = remainingLife(record, this.#now())
    const tooOld = this.#now() - record.tokens.receivedAt > LOGOUT_MEMORY / 2
    if (life <= 0 || tooOld) throw new LoginError('login_ended')
    await this.#index(hash, record, life)
    await this.#store.set(this.#keys.login(hash), writeRecord(record), life)
    if (await this.#isEnded(record)) {
      await this.#remove(hash, record)
      throw new LoginError('login_ended')
    }
    return id
  }

  /** The login with this id; `undefined` when there is none, or it is over. */
  async read(id: string): Promise<LoginRecord | undefined> {
    return this.#load(sha256(id))
  }

  /** Ends one login by its secret id. */
  async end(id: string): Promise<boolean> {
    return this.endByHash(sha256(id))
  }

  /** Ends one login by the id that `list` gives. */
  async endByHash(hash: string): Promise<boolean> {
    return this.#endIf(hash, () => true)
  }

  /**
   * Ends every login of one session of the provider; tells how many.
   * @param until only logins whose ID token is not younger than this (the provider's time); default: all. The
   *   provider's machines may differ by the clock tolerance: a session that has ended gets no younger ones, and
   *   one that goes on (the user took back a consent) can be logged in with again when that time is over.
   */
  async endBySid(sid: string, until?: number): Promise<number> {
    const issued = until === undefined ? undefined : issuedUntil(until + this.#options.clockTolerance)
    return this.#endAll(this.#keys.endedSid(sid), this.#keys.ofSid(sid), issued)
  }

  /**
   * Ends every login of a user; tells how many.
   * @param until only logins whose ID token is not younger than this (the provider's time); default: all
   */
  async endBySub(sub: string, until?: number): Promise<number> {
    const issued = until === undefined ? undefined : issuedUntil(until)
    return this.#endAll(this.#keys.endedSub(sub), this.#keys.ofSub(sub), issued)
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
   * @param refresh asks the provider for new tokens; throws `RefreshRejectedError` when it has ended the login
   * @returns the login as it is now; `undefined` when it has ended
   */
  async renew(
    id: string,
    seen: LoginRecord,
    refresh: (record: LoginRecord) => Promise<TokenSet>,
  ): Promise<LoginRecord | undefined> {
    const hash = sha256(id)
    const state = `${hash}:${seen.renewals}`
    const underWay = this.#renewing.get(state)
    if (underWay) return underWay
    const renewal = this.#renewAlone(hash, state, seen, refresh).finally(() => this.#renewing.delete(state))
    this.#renewing.set(state, renewal)
    return renewal
  }

  /** The lock is one of a state, not of a login: given back too late it can not be the next renewal's. */
  async #renewAlone(
    hash: string,
    state: string,
    seen: LoginRecord,
    refresh: (record: LoginRecord) => Promise<TokenSet>,
  ) {
    const { lockTtl, pause } = this.#options
    const lock = this.#keys.lock(state)
    for (let waited = 0; waited < lockTtl * 2; waited += POLL_INTERVAL) {
      const lockedAt = performance.now()
      const locked = this.#unwritten.has(state) || (await this.#store.add(lock, '1', lockTtl))
      try {
        const record = await this.#load(hash)
        if (!record || record.renewals !== seen.renewals) {
          this.#unwritten.delete(state) // it is over, or further on: what was kept for it is of no use
          return record
        }
        if (locked) {
          const ask = () => this.#askProvider(state, record, refresh, waited > 0)
          return await this.#renewLocked(hash, state, record, ask)
        }
      } finally {
        if (locked) await this.#unlock(state, lockedAt)
      }
      await pause(POLL_INTERVAL)
    }
    throw new StoreError('store_unavailable', {
      detail: 'A renewal in another process does not end.',
      retryAfter: 1,
    })
  }

  /** New tokens stay at hand until they are written: should that fail, the next to come writes them. */
  async #renewLocked(hash: string, state: string, record: LoginRecord, ask: () => Promise<TokenSet>) {
    let renewed = this.#unwritten.get(state)
    try {
      renewed ??= { ...record, tokens: await ask(), renewals: record.renewals + 1 }
    } catch (error) {
      if (!(error instanceof RefreshRejectedError)) throw error
      return this.#afterRejection(hash, record)
    }
    this.#keep(state, renewed)
    const life = remainingLife(renewed, this.#now())
    // The index must live as long as the record: extended first, a logout finds the login at every moment.
    await this.#index(hash, renewed, life)
    const written = await this.#store.replace(this.#keys.login(hash), writeRecord(renewed), life)
    this.#unwritten.delete(state)
    if (written) return renewed
    await this.#unindex(hash, renewed)
    return undefined
  }

  /**
   * Who waited for a process that the provider let down is let down too: one after the other, each would wait
   * for as long again.
   */
  async #askProvider(
    state: string,
    record: LoginRecord,
    refresh: (record: LoginRecord) => Promise<TokenSet>,
    hasWaited: boolean,
  ): Promise<TokenSet> {
    const failed = this.#keys.lock(`${state}:failed`)
    if (hasWaited && (await this.#store.get(failed)) !== undefined) {
      throw new ProviderError('provider_unavailable')
    }
    try {
      return await refresh(record)
    } catch (error) {
      const isAway = error instanceof ProviderError && error.code === 'provider_unavailable'
      if (isAway) await this.#store.set(failed, '1', FAILURE_MEMORY).catch(() => undefined)
      throw error
    }
  }

  #keep(state: string, renewed: LoginRecord): void {
    this.#unwritten.set(state, renewed)
    for (const oldest of this.#unwritten.keys()) {
      if (this.#unwritten.size <= MAX_UNWRITTEN) break
      this.#unwritten.delete(oldest)
    }
  }

  /** A lock can outlive its time; then the tokens were refused because somebody else renewed them. */
  async #afterRejection(hash: string, refused: LoginRecord): Promise<LoginRecord | undefined> {
    const record = await this.#load(hash)
    if (!record || record.renewals !== refused.renewals) return record
    await this.#remove(hash, record)
    return undefined
  }

  /**
   * Only while it is surely still ours: after its time the lock may be another process'. And not while new
   * tokens are unwritten: whoever came then would refresh with used-up ones.
   */
  async #unlock(state: string, lockedAt: number): Promise<void> {
    const heldFor = (performance.now() - lockedAt) / 1000
    if (heldFor >= this.#options.lockTtl || this.#unwritten.has(state)) return
    await this.#store.delete(this.#keys.lock(state)).catch(() => undefined)
  }

  async #isEnded(record: LoginRecord): Promise<boolean> {
    const { sid, sub } = record
    const marks = await Promise.all([
      sid === undefined ? [] : this.#store.members(this.#keys.endedSid(sid)),
      this.#store.members(this.#keys.endedSub(sub)),
    ])
    return marks.flat().some(mark => covers(mark, record))
  }

  /** Without a mark of the provider: all that are there, and those under way that began before now. */
  async #endAll(marks: string, index: string, issued?: LogoutMark): Promise<number> {
    await this.#store.addMember(marks, issued ?? startedUntil(this.#now()), LOGOUT_MEMORY)
    const isCovered = (record: LoginRecord) => issued === undefined || covers(issued, record)
    const ended = await this.#eachOf(index, hash => this.#endIf(hash, isCovered))
    return ended.filter(Boolean).length
  }

  /** A member without a record stays: it may be of a login that is about to be written. */
  async #eachOf<T>(index: string, visit: (hash: string) => Promise<T | undefined>): Promise<T[]> {
    const hashes = await this.#store.members(index)
    const results: T[] = []
    for (let i = 0; i < hashes.length; i += BATCH) {
      const batch = await Promise.all(hashes.slice(i, i + BATCH).map(visit))
      for (const result of batch) if (result !== undefined) results.push(result)
    }
    return results
  }

  /** Also when it is over by our clock: another process' may be behind. */
  async #endIf(hash: string, isCovered: (record: LoginRecord) => boolean): Promise<boolean> {
    const record = parseRecord(await this.#store.get(this.#keys.login(hash)))
    return record !== undefined && isCovered(record) && this.#remove(hash, record)
  }

  async #load(hash: string): Promise<LoginRecord | undefined> {
    return readRecord(await this.#store.get(this.#keys.login(hash)), this.#now())
  }

  async #index(hash: string, { sid, sub }: LoginRecord, life: number): Promise<void> {
    await Promise.all([
      sid !== undefined && this.#store.addMember(this.#keys.ofSid(sid), hash, life),
      this.#store.addMember(this.#keys.ofSub(sub), hash, life),
    ])
  }

  async #unindex(hash: string, { sid, sub }: LoginRecord): Promise<void> {
    await Promise.all([
      sid !== undefined && this.#store.removeMember(this.#keys.ofSid(sid), hash),
      this.#store.removeMember(this.#keys.ofSub(sub), hash),
    ])
  }

  async #remove(hash: string, record: LoginRecord): Promise<boolean> {
    const wasThere = await this.#store.delete(this.#keys.login(hash))
    await this.#unindex(hash, record)
    return wasThere
  }
}
