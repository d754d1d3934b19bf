import { CoolDown } from './cool-down.js'

/**
 * One remote document, fetched when first asked for and kept.
 *
 * Any number of concurrent callers share one load. A copy older than `maxAge` seconds is loaded anew; while
 * that fails the last good copy serves. After a failed load, and after a forced one, the next load waits for
 * `coolDown` seconds: nobody can make this process hammer the server.
 */
export class StaleCache<T> {
  readonly #maxAge: number
  readonly #now: () => number
  readonly #coolDown: CoolDown
  #copy: { value: T; loadedAt: number } | undefined
  #failure: unknown
  #loading: Promise<T> | undefined

  constructor(options: { maxAge: number; coolDown: number; now: () => number }) {
    this.#maxAge = options.maxAge
    this.#now = options.now
    this.#coolDown = new CoolDown(options.coolDown, options.now)
  }

  /** The document; throws the load's failure only if there has never been a good copy. */
  async get(load: () => Promise<T>): Promise<T> {
    if (this.#copy && this.#now() - this.#copy.loadedAt < this.#maxAge) return this.#copy.value
    return this.#loadOrLastCopy(load)
  }

  /** A copy loaded just now, for a caller whom the present one did not serve; in a cool-down the present one. */
  async reload(load: () => Promise<T>): Promise<T> {
    const value = await this.#loadOrLastCopy(load)
    if (!this.#coolDown.active) this.#coolDown.start()
    return value
  }

  /** Seconds until a failed load is tried again. */
  get retryAfter(): number {
    return Math.ceil(this.#coolDown.remaining)
  }

  async #loadOrLastCopy(load: () => Promise<T>): Promise<T> {
    try {
      if (!this.#loading && this.#coolDown.active) {
        if (this.#copy) return this.#copy.value
        throw this.#failure
      }
      this.#loading ??= this.#load(load)
      return await this.#loading
    } catch (failure) {
      if (this.#copy) return this.#copy.value
      throw failure
    }
  }

  async #load(load: () => Promise<T>): Promise<T> {
    try {
      const value = await load()
      this.#copy = { value, loadedAt: this.#now() }
      return value
    } catch (failure) {
      this.#failure = failure
      this.#coolDown.start()
      throw failure
    } finally {
      this.#loading = undefined
    }
  }
}
