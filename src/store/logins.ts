import { setTimeout as delay } from 'node:timers/promises'
import { LoginError, StoreError } from '../errors.js'
import type { TokenSet } from '../token.js'
import { randomId, sha256 } from '../util/random.js'
import { type LoginRecord, type LoginSummary, readRecord, remainingLife, summarize } from './login-record.js'
import type { Store } from './store.js'

/** How long a logout is remembered, in seconds: far longer than any request that may still be running. */
const LOGOUT_MEMORY = 3600

/** Seconds between two looks at a login that another process renews. */
const POLL_INTERVAL = 0.05

/** Thrown by the function that `renew` calls, to say that the provider has ended the login. */
export class RefreshRejectedError extends Error {
  override name = 'RefreshRejectedError'
}

/** Keys of all logins of one provider of one application. */
interface Keys {
  login(hash: string): string
  lock(hash: string): string
  /** Logins of a session of the provider. */
  ofSid(sid: string): string
  /** Logins of a user. */
  ofSub(sub: string): string
  /** There, when that session was ended. */
  endedSid(sid: string): string
  /** Times up to which that user's logins were ended. */
  endedSub(sub: string): string
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
  readonly #now: () => number
  readonly #lockTtl: number
  readonly #keys: Keys
  readonly #renewing = new Map<string, Promise<LoginRecord | undefined>>()

  /** @param options.space tells applications and providers that share a store apart
   *  @param options.lockTtl seconds after which a renewal of another process is taken for dead */
  constructor(store: Store, options: { space: string; now: () => number; lockTtl: number }) {
    this.#store = store
    this.#now = options.now
    this.#lockTtl = options.lockTtl
    this.#keys = keysIn(options.space)
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
    await this.#store.set(this.#keys.login(hash), JSON.stringify(record), life)
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
    const record = await this.#load(hash)
    return record !== undefined && this.#remove(hash, record)
  }

  /** Ends every login of one session of the provider; tells how many. */
  async endBySid(sid: string): Promise<number> {
    await this.#store.set(this.#keys.endedSid(sid), '1', LOGOUT_MEMORY)
    return this.#endAll(this.#keys.ofSid(sid), () => true)
  }

  /**
   * Ends every login of a user; tells how many.
   * @param issuedUntil only logins whose ID token is not younger than this (the provider's time); default: all
   */
  async endBySub(sub: string, issuedUntil?: number): Promise<number> {
    const time = issuedUntil ?? Math.ceil(this.#now())
    await this.#store.addMember(this.#keys.endedSub(sub), String(time), LOGOUT_MEMORY)
    return this.#endAll(
      this.#keys.ofSub(sub),
      record => issuedUntil === undefined || record.issuedAt <= issuedUntil,
    )
  }

  /** The living logins of a user, without their tokens. */
  async list(sub: string): Promise<LoginSummary[]> {
    const hashes = await this.#store.members(this.#keys.ofSub(sub))
    const records = await Promise.all(hashes.map(async hash => ({ hash, record: await this.#load(hash) })))
    return records.flatMap(({ hash, record }) => (record ? [summarize(hash, record)] : []))
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
    const underWay = this.#renewing.get(hash)
    if (underWay) return underWay
    const renewal = this.#renewAlone(hash, seen, refresh).finally(() => this.#renewing.delete(hash))
    this.#renewing.set(hash, renewal)
    return renewal
  }

  async #renewAlone(hash: string, seen: LoginRecord, refresh: (record: LoginRecord) => Promise<TokenSet>) {
    const patience = this.#lockTtl * 2
    for (let waited = 0; waited < patience; waited += POLL_INTERVAL) {
      const lockedAt = performance.now()
      const locked = await this.#store.add(this.#keys.lock(hash), '1', this.#lockTtl)
      try {
        const record = await this.#load(hash)
        if (!record || record.renewals !== seen.renewals) return record
        if (locked) return await this.#renewLocked(hash, record, refresh)
      } finally {
        if (locked) await this.#unlock(hash, lockedAt)
      }
      await delay(POLL_INTERVAL * 1000)
    }
    throw new StoreError('store_unavailable', {
      detail: 'A renewal in another process does not end.',
      retryAfter: 1,
    })
  }

  async #renewLocked(hash: string, record: LoginRecord, refresh: (record: LoginRecord) => Promise<TokenSet>) {
    let tokens: TokenSet
    try {
      tokens = await refresh(record)
    } catch (error) {
      if (!(error instanceof RefreshRejectedError)) throw error
      return this.#afterRejection(hash, record)
    }
    const renewed = { ...record, tokens, renewals: record.renewals + 1 }
    const life = remainingLife(renewed, this.#now())
    // The index must live as long as the record: extended first, a logout finds the login at every moment.
    await this.#index(hash, renewed, life)
    if (await this.#store.replace(this.#keys.login(hash), JSON.stringify(renewed), life)) return renewed
    await this.#unindex(hash, renewed)
    return undefined
  }

  /** A lock can outlive its time; then the tokens were refused because somebody else renewed them. */
  async #afterRejection(hash: string, refused: LoginRecord): Promise<LoginRecord | undefined> {
    const record = await this.#load(hash)
    if (!record || record.renewals !== refused.renewals) return record
    await this.#remove(hash, record)
    return undefined
  }

  /** Only while it is surely still ours: after its time the lock may be another process'. */
  async #unlock(hash: string, lockedAt: number): Promise<void> {
    const heldFor = (performance.now() - lockedAt) / 1000
    if (heldFor < this.#lockTtl) await this.#store.delete(this.#keys.lock(hash)).catch(() => undefined)
  }

  async #isEnded({ sid, sub, issuedAt }: LoginRecord): Promise<boolean> {
    const [session, times] = await Promise.all([
      sid === undefined ? undefined : this.#store.get(this.#keys.endedSid(sid)),
      this.#store.members(this.#keys.endedSub(sub)),
    ])
    return session !== undefined || times.some(time => issuedAt <= Number(time))
  }

  async #endAll(index: string, isCovered: (record: LoginRecord) => boolean): Promise<number> {
    const hashes = await this.#store.members(index)
    const ended = await Promise.all(
      hashes.map(async hash => {
        const record = await this.#load(hash)
        if (!record) await this.#store.removeMember(index, hash)
        return record !== undefined && isCovered(record) && this.#remove(hash, record)
      }),
    )
    return ended.filter(Boolean).length
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

function keysIn(space: string): Keys {
  const key = (kind: string, id: string) => `koa-keycloak:${space}:${kind}:${id}`
  return {
    login: hash => key('login', hash),
    lock: hash => key('lock', hash),
    ofSid: sid => key('sid', sha256(sid)),
    ofSub: sub => key('sub', sha256(sub)),
    endedSid: sid => key('ended-sid', sha256(sid)),
    endedSub: sub => key('ended-sub', sha256(sub)),
  }
}
