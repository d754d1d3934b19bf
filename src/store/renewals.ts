import { setTimeout as delay } from 'node:timers/promises'
import { ProviderError, StoreError } from '../errors.js'
import type { TokenSet } from '../token.js'
import { LruMap } from '../util/lru-map.js'
import type { LoginRecord } from './login-record.js'
import type { Store } from './store.js'

/** Seconds between two looks at a login that another process renews. */
const POLL_INTERVAL = 0.05

/** Seconds for which those who waited for a renewal are told that it failed. */
const FAILURE_MEMORY = 2

/** How many renewals that could not be written are kept; the oldest goes. */
const MAX_UNWRITTEN = 1000

/** Thrown by the function that `renew` calls, to say that the provider has ended the login. */
export class RefreshRejectedError extends Error {
  override name = 'RefreshRejectedError'
}

/**
 * Thrown by the function that `renew` calls, to say that the refresh token is used up, and that what came for it is
 * not to be believed: `cause` is the error that `renew` then throws.
 */
export class RefreshTokenSpentError extends Error {
  override name = 'RefreshTokenSpentError'
}

/** New tokens, and the provider's session when it is another one now. */
export interface RenewedTokens extends TokenSet {
  sid?: string
}

/** Asks the provider for new tokens; throws `RefreshRejectedError` when it has ended the login. */
export type Refresh = (record: LoginRecord) => Promise<RenewedTokens>

export interface RenewalsOptions {
  /** Seconds after which a renewal of another process is taken for dead. Longer than a renewal may ever take. */
  lockTtl: number
  /** Learns of each renewal that is written, and how many seconds it took. */
  onRenewed?: (hash: string, record: LoginRecord, seconds: number) => void
  /** Waits for so many seconds; for tests. */
  pause?: (seconds: number) => Promise<void>
}

/** What a renewal does to the logins. */
export interface RenewableLogins {
  /** Key of the lock of one state of a login. */
  lock(state: string): string
  load(hash: string): Promise<LoginRecord | undefined>
  /** Writes what is there anew; tells whether it was still there. */
  rewrite(hash: string, renewed: LoginRecord, before: LoginRecord): Promise<boolean>
  remove(hash: string, record: LoginRecord): Promise<boolean>
  /** Whether a logout is remembered that covers the login. */
  isEnded(hash: string, record: LoginRecord): Promise<boolean>
}

/**
 * One renewal at a time for a login, in this process and across processes. Each state of a login is renewed once:
 * with a lock in the store, and with what could not be written kept until it is.
 */
export class Renewals {
  readonly #store: Store
  readonly #options: Required<RenewalsOptions>
  readonly #logins: RenewableLogins
  readonly #underWay = new Map<string, Promise<LoginRecord | undefined>>()
  /** What the provider has renewed but the store did not take yet: the tokens before are used up. */
  readonly #unwritten = new LruMap<LoginRecord>(MAX_UNWRITTEN)

  constructor(store: Store, { lockTtl, onRenewed, pause }: RenewalsOptions, logins: RenewableLogins) {
    this.#store = store
    this.#options = {
      lockTtl,
      onRenewed: onRenewed ?? (() => undefined),
      pause: pause ?? (seconds => delay(seconds * 1000)),
    }
    this.#logins = logins
  }

  /** As `Logins.renew`, for a login by its hash. */
  async renew(hash: string, seen: LoginRecord, refresh: Refresh): Promise<LoginRecord | undefined> {
    const state = `${hash}:${seen.renewals}`
    const underWay = this.#underWay.get(state)
    if (underWay) return underWay
    const renewal = this.#renewAlone(hash, state, seen, refresh).finally(() => this.#underWay.delete(state))
    this.#underWay.set(state, renewal)
    return renewal
  }

  /** The lock is one of a state, not of a login: given back too late it can not be the next renewal's. */
  async #renewAlone(hash: string, state: string, seen: LoginRecord, refresh: Refresh) {
    const { lockTtl, pause } = this.#options
    const lock = this.#logins.lock(state)
    for (let waited = 0; waited < lockTtl * 2; waited += POLL_INTERVAL) {
      const lockedAt = performance.now()
      const locked = this.#unwritten.has(state) || (await this.#store.add(lock, '1', lockTtl))
      try {
        const record = await this.#logins.load(hash)
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

  /**
   * New tokens stay at hand until they are written: should that fail, the next to come writes them. A logout that
   * did not find the login, since the store had thrown its index away, finds it here.
   */
  async #renewLocked(hash: string, state: string, record: LoginRecord, ask: () => Promise<TokenSet>) {
    if (await this.#logins.isEnded(hash, record)) {
      await this.#logins.remove(hash, record)
      return undefined
    }
    const began = performance.now()
    let renewed = this.#unwritten.get(state)
    try {
      renewed ??= withTokens(record, await ask())
    } catch (error) {
      if (error instanceof RefreshRejectedError) return this.#afterRejection(hash, record)
      if (!(error instanceof RefreshTokenSpentError)) throw error
      await this.#write(hash, state, withoutRefreshToken(record), record)
      throw error.cause
    }
    const written = await this.#write(hash, state, renewed, record)
    if (written) this.#options.onRenewed(hash, written, secondsSince(began))
    return written
  }

  async #write(hash: string, state: string, renewed: LoginRecord, before: LoginRecord) {
    this.#unwritten.set(state, renewed)
    const written = await this.#logins.rewrite(hash, renewed, before)
    this.#unwritten.delete(state)
    return written ? renewed : undefined
  }

  /**
   * Who waited for a process that the provider let down is let down too: one after the other, each would wait
   * for as long again.
   */
  async #askProvider(
    state: string,
    record: LoginRecord,
    refresh: Refresh,
    hasWaited: boolean,
  ): Promise<TokenSet> {
    const failed = this.#logins.lock(`${state}:failed`)
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

  /** A lock can outlive its time; then the tokens were refused because somebody else renewed them. */
  async #afterRejection(hash: string, refused: LoginRecord): Promise<LoginRecord | undefined> {
    const record = await this.#logins.load(hash)
    if (!record || record.renewals !== refused.renewals) return record
    await this.#logins.remove(hash, record)
    return undefined
  }

  /**
   * Only while it is surely still ours: after its time the lock may be another process'. And not while new
   * tokens are unwritten: whoever came then would refresh with used-up ones.
   */
  async #unlock(state: string, lockedAt: number): Promise<void> {
    if (secondsSince(lockedAt) >= this.#options.lockTtl || this.#unwritten.has(state)) return
    await this.#store.delete(this.#logins.lock(state)).catch(() => undefined)
  }
}

function secondsSince(moment: number): number {
  return (performance.now() - moment) / 1000
}

function withTokens(record: LoginRecord, { sid, ...tokens }: RenewedTokens): LoginRecord {
  return { ...record, ...(sid !== undefined && { sid }), tokens, renewals: record.renewals + 1 }
}

/** The login with the tokens that it has, until these end: it can not be renewed any more. */
function withoutRefreshToken(record: LoginRecord): LoginRecord {
  const { refreshToken: _, ...tokens } = record.tokens
  return { ...record, tokens, renewals: record.renewals + 1 }
}
