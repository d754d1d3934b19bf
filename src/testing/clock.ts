import { type Check, required, seconds } from '../util/checks.js'

/** A moment in seconds since the epoch, or a function that tells it. */
export type Now = number | (() => number)

export const now: Check<Now> = {
  expected: 'a number of seconds since the epoch, or a function that gives one',
  accepts: (v): v is Now => typeof v === 'function' || (typeof v === 'number' && v >= 0 && v < 1e11),
  given: v => (typeof v === 'number' ? 'another number: seconds are meant, not milliseconds' : undefined),
}

export const passing = required(seconds(1e9, { min: 0 }))

/** The clock of provider and application: the system's, or one that stands still, plus what has passed. */
export class Clock {
  readonly #base: () => number
  #passed = 0

  constructor(now: Now = () => Date.now() / 1000) {
    this.#base = typeof now === 'number' ? () => now : now
  }

  /** Seconds since the epoch. */
  readonly now = (): number => this.#base() + this.#passed

  pass(seconds: number): void {
    this.#passed += seconds
  }
}
