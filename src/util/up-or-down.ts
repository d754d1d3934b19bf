/** Whether something answers, as far as it was seen. */
export type Seen = 'unknown' | 'up' | 'down'

/** What has been seen of something that may be away. */
export interface Sighting {
  state: Seen
  /** When that was first so, in seconds since the epoch; `undefined` while it is unknown. */
  since: number | undefined
}

/** Notices when something goes away, and when it comes back. */
export class UpOrDown {
  readonly #now: () => number
  readonly #onChange: (state: 'up' | 'down') => void
  #state: Seen = 'unknown'
  #since: number | undefined

  /** @param onChange is told of each change; the first success of all is none */
  constructor(now: () => number, onChange: (state: 'up' | 'down') => void) {
    this.#now = now
    this.#onChange = onChange
  }

  saw(state: 'up' | 'down'): void {
    if (state === this.#state) return
    const isFirstSuccess = this.#state === 'unknown' && state === 'up'
    this.#state = state
    this.#since = this.#now()
    if (!isFirstSuccess) this.#onChange(state)
  }

  get sighting(): Sighting {
    return { state: this.#state, since: this.#since }
  }
}
