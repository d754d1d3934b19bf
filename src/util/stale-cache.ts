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
  /** The load under way, else the last one. */
  #latest: Promise<T> | undefined
  #isLoading = false
  #loads = 0

  constructor(options: { maxAge: number; coolDown: number; now: () => number }) {
    this.#maxAge = options.maxAge
    this.#now = options.now
    this.#coolDown = new CoolDown(options.coolDown, options.now)
  }

  /** The last good copy, however old; loads nothing. */
  get copy(): T | undefined {
    return this.#copy?.value
  }

  /** The document; throws the load's failure only if there has never been a good copy. */
  async get(load: () => Promise<T>): Promise<T> {
    if (this.#copy && this.#isFresh(this.#copy.loadedAt)) return this.#copy.value
    try {
      return await this.#newest(load)
    } catch (failure) {
      if (this.#copy) return this.#copy.value
      throw failure
    }
  }

  /**
   * The document as it is now, for a caller whom the present copy did not serve; in a cool-down what the last
   * load gave. Throws the load's failure, also when there is a copy: whether a newer one would serve is unknown.
   */
  async reload(load: () => Promise<T>): Promise<T> {
    const isForced = !this.#isLoading && !this.#coolDown.active
    const newest = this.#newest(load)
    if (isForced) this.#coolDown.start()
    return newest
  }

  /** Seconds for which a forced load has to wait; 0 where it begins, or joins one, at once. */
  get pause(): number {
    return this.#isLoading ? 0 : this.#coolDown.remaining
  }

  /** How many loads have succeeded: tells a caller who waited whether there was one meanwhile. */
  get loads(): number {
    return this.#loads
  }

  /** Seconds until a failed load is tried again. */
  get retryAfter(): number {
    return Math.ceil(this.#coolDown.remaining)
  }

  /** A copy from the future was loaded before the clock was set back: its age is unknown. */
  #isFresh(loadedAt: number): boolean {
    const age = this.#now() - loadedAt
    return age >= 0 && age < this.#maxAge
  }

  #newest(load: () => Promise<T>): Promise<T> {
    const isRecent = this.#isLoading || this.#coolDown.active
    if (!this.#latest || !isRecent) this.#latest = this.#load(load)
    return this.#latest
  }

  async #load(load: () => Promise<T>): Promise<T> {
    this.#isLoading = true
    try {
      const value = await load()
      this.#copy = { value, loadedAt: this.#now() }
      this.#loads++
      return value
    } catch (failure) {
      this.#coolDown.start()
      throw failure
    } finally {
      this.#isLoading = false
    }
  }
}
