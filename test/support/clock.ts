export interface FakeClock {
  /** Seconds since the epoch, fractional. */
  now(): number
  advance(seconds: number): void
}

/** Time that passes only when told to. Starts now, unless told otherwise. */
export function fakeClock(start: number = Date.now() / 1000): FakeClock {
  let time = start
  return {
    now: () => time,
    advance(seconds) {
      time += seconds
    },
  }
}

/** The system's clock, which can be put forward: beside a provider that goes by the system's. */
export function movingClock(): FakeClock {
  let ahead = 0
  return {
    now: () => Date.now() / 1000 + ahead,
    advance(seconds) {
      ahead += seconds
    },
  }
}
