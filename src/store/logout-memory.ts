import { DAY } from '../util/checks.js'
import type { Store } from './store.js'

/** How long a logout is remembered, in seconds: far longer than any request that may still be running. */
export const LOGOUT_MEMORY = 3600

/** Seconds that a longer memory of logouts outlives the last token that asked for it. */
const KEPT = 31 * DAY

export interface LogoutMemoryOptions {
  /** Key of what the processes know together. */
  key: () => string
  /** The time in seconds since the epoch. */
  now: () => number
  /** Seconds for which a logout is remembered at most. */
  longest: number
}

/**
 * How long logouts are remembered: an hour, or as long as the longest access token lives that any process has seen,
 * and never longer than an option says. Where all access tokens live for an hour at most, nothing is written.
 */
export class LogoutMemory {
  readonly #store: Store
  readonly #options: LogoutMemoryOptions
  /** What this process has told the others, and when. */
  #told = { life: LOGOUT_MEMORY, at: Number.NEGATIVE_INFINITY }

  constructor(store: Store, options: LogoutMemoryOptions) {
    this.#store = store
    this.#options = options
  }

  /** Seconds that a logout of now is to be remembered. One read. */
  async seconds(): Promise<number> {
    const known = await this.#known()
    return Math.max(LOGOUT_MEMORY, ...known.map(({ life }) => life))
  }

  /** Learns how long an access token lives, in seconds; from now on logouts are remembered for as long. */
  async learn(life: number): Promise<void> {
    const { key, now, longest } = this.#options
    const wanted = Math.ceil(Math.min(life, longest))
    if (!(wanted > LOGOUT_MEMORY) || (wanted <= this.#told.life && now() - this.#told.at < DAY)) return
    const known = (await this.#known()).find(entry => entry.life >= wanted)
    const member = known?.member ?? `${wanted} ${Math.ceil(now())}`
    await this.#store.addMember(key(), member, KEPT)
    this.#told = { life: known?.life ?? wanted, at: now() }
  }

  /**
   * Whether a logout that came in since then is surely remembered: for an hour it is, and for longer if longer lives
   * were known by then.
   * @param since in seconds since the epoch
   */
  async reaches(since: number): Promise<boolean> {
    const age = this.#options.now() - since
    if (age <= LOGOUT_MEMORY) return true
    return (await this.#known()).some(({ life, from }) => age <= life && from <= since)
  }

  async #known(): Promise<{ member: string; life: number; from: number }[]> {
    const members = await this.#store.members(this.#options.key())
    return members.map(member => {
      const [life, from] = member.split(' ').map(Number)
      return { member, life: life ?? 0, from: from ?? Number.POSITIVE_INFINITY }
    })
  }
}
