import { type LoginRecord, remainingLife } from './login-record.js'

export interface WatchedLoginsOptions {
  /** Seconds between two looks at the store. */
  every: number
  /** The time in seconds since the epoch. */
  now: () => number
  /** Reads a login, by its hash; `undefined` when it is over. Rejects while the store does not say. */
  load: (hash: string) => Promise<LoginRecord | undefined>
}

interface Watched {
  /** When it ends unless it is renewed, and when it ends at the latest; in seconds since the epoch. */
  ends: { soonest: number; latest: number }
  watchers: Set<() => void>
}

/**
 * Logins that open connections belong to. One timer looks at all of them together, and there is none while nothing
 * is watched; a login that this process itself sees end is told of at once.
 */
export class WatchedLogins {
  readonly #options: WatchedLoginsOptions
  readonly #logins = new Map<string, Watched>()
  #timer: NodeJS.Timeout | undefined
  /** When the timer fires, by `performance.now()`. */
  #firesAt = Number.POSITIVE_INFINITY
  #isLooking = false

  constructor(options: WatchedLoginsOptions) {
    this.#options = options
  }

  /** How many logins are watched. */
  get size(): number {
    return this.#logins.size
  }

  /** Calls `onEnd` once, when the login has ended. Gives the function that ends the watching. */
  watch(hash: string, record: LoginRecord, onEnd: () => void): () => void {
    const watched = this.#logins.get(hash) ?? { ends: endsOf(record), watchers: new Set() }
    const watcher = () => onEnd() // the same function may watch twice
    watched.watchers.add(watcher)
    this.#logins.set(hash, watched)
    if (!this.#isLooking) this.#fireWithin(this.#untilEnd(watched))
    return () => {
      watched.watchers.delete(watcher)
      if (watched.watchers.size > 0 || this.#logins.get(hash) !== watched) return
      this.#logins.delete(hash)
      if (this.#logins.size === 0) this.#stopTimer()
    }
  }

  /** Tells the watchers of a login that it has ended. */
  ended(hash: string): void {
    const watched = this.#logins.get(hash)
    if (!watched) return
    this.#logins.delete(hash)
    if (this.#logins.size === 0) this.#stopTimer()
    for (const tell of watched.watchers) tell()
  }

  /** The timer fires in so many seconds, or before. */
  #fireWithin(seconds: number): void {
    const delay = Math.max(0, Math.min(this.#options.every, seconds))
    const firesAt = performance.now() + delay * 1000
    if (firesAt >= this.#firesAt) return
    this.#stopTimer()
    this.#firesAt = firesAt
    this.#timer = setTimeout(() => void this.#look(), Math.ceil(delay * 1000)).unref()
  }

  #stopTimer(): void {
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#firesAt = Number.POSITIVE_INFINITY
  }

  /** In seconds. One that should be over by now was looked at and lives, or the store is away: it waits its turn. */
  #untilEnd({ ends }: Watched): number {
    const left = ends.soonest - this.#options.now()
    return left > 0 ? left : Number.POSITIVE_INFINITY
  }

  /** Looks at all of them, and again in time, and before that at the end of one. */
  async #look(): Promise<void> {
    const startedAt = performance.now()
    this.#stopTimer()
    this.#isLooking = true
    await Promise.all([...this.#logins].map(([hash, watched]) => this.#lookAt(hash, watched)))
    this.#isLooking = false
    if (this.#logins.size === 0) return
    let next = this.#options.every - (performance.now() - startedAt) / 1000
    for (const watched of this.#logins.values()) next = Math.min(next, this.#untilEnd(watched))
    this.#fireWithin(next)
  }

  /** What the store does not say changes nothing, but for a login whose time is over whatever it says. */
  async #lookAt(hash: string, watched: Watched): Promise<void> {
    try {
      const record = await this.#options.load(hash)
      if (record) watched.ends = endsOf(record)
      else this.ended(hash)
    } catch {
      if (watched.ends.latest <= this.#options.now()) this.ended(hash)
    }
  }
}

function endsOf(record: LoginRecord): Watched['ends'] {
  return { soonest: remainingLife(record, 0), latest: record.endsAt }
}
