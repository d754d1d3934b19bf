/** A pause after a failure, so that a broken server is asked once per pause and not once per request. */
export class CoolDown {
  readonly #seconds: number
  readonly #now: () => number
  #until = Number.NEGATIVE_INFINITY

  constructor(seconds: number, now: () => number) {
    this.#seconds = seconds
    this.#now = now
  }

  start(): void {
    this.#until = this.#now() + this.#seconds
  }

  get active(): boolean {
    return this.remaining > 0
  }

  /** Seconds until the pause is over; never more than its length, also when the clock was set back. */
  get remaining(): number {
    return Math.min(this.#seconds, Math.max(0, this.#until - this.#now()))
  }
}
