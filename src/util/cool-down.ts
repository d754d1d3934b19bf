/** Seconds that a broken or absent provider is left alone before it is asked again. */
export const COOL_DOWN = 5

/** A pause after a failure, so that a broken server is asked once per pause and not once per request. */
export class CoolDown {
  readonly #seconds: number
  readonly #now: () => number
  #startedAt = Number.NEGATIVE_INFINITY

  constructor(seconds: number, now: () => number) {
    this.#seconds = seconds
    this.#now = now
  }

  start(): void {
    this.#startedAt = this.#now()
  }

  get active(): boolean {
    return this.remaining > 0
  }

  /** Seconds until the pause is over. A clock that was set back ends it: else it would last as long as that. */
  get remaining(): number {
    const passed = this.#now() - this.#startedAt
    return passed < 0 ? 0 : Math.max(0, this.#seconds - passed)
  }
}
