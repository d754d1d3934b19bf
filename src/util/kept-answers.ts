import { LruMap } from './lru-map.js'

/** An answer with the time until which it may be given again. */
interface Kept<T> {
  answer: Promise<T>
  askedAt: number
  /** In seconds since the epoch; while the answer is on its way it is given to whoever asks. */
  until: number
}

/**
 * Answers of a server, each asked for once however many want it, and kept for as long as each may be. A failure is
 * given to those who waited for it, and to nobody else.
 */
export class KeptAnswers<T> {
  readonly #kept: LruMap<Kept<T>>
  readonly #now: () => number

  /** @param bound how many are kept */
  constructor(bound: number, now: () => number) {
    this.#kept = new LruMap(bound)
    this.#now = now
  }

  get size(): number {
    return this.#kept.size
  }

  /** What is known, or on its way; `undefined` when it has to be asked for. After a clock was set back nothing is. */
  known(key: string): Promise<T> | undefined {
    const kept = this.#kept.get(key)
    const now = this.#now()
    return kept && now >= kept.askedAt && now < kept.until ? kept.answer : undefined
  }

  /** @param lasts until when the answer may be given again, in seconds since the epoch */
  get(key: string, ask: () => Promise<T>, lasts: (answer: T) => number): Promise<T> {
    return this.known(key) ?? this.renew(key, ask, lasts)
  }

  /** As `get`, whatever is known. */
  renew(key: string, ask: () => Promise<T>, lasts: (answer: T) => number): Promise<T> {
    const answer = ask()
    const kept = { answer, askedAt: this.#now(), until: Number.POSITIVE_INFINITY }
    this.#kept.set(key, kept)
    answer.then(
      value => {
        kept.until = lasts(value)
        if (kept.until <= this.#now()) this.#forget(key, kept)
      },
      () => this.#forget(key, kept),
    )
    return answer
  }

  #forget(key: string, kept: Kept<T>): void {
    if (this.#kept.get(key) === kept) this.#kept.delete(key)
  }
}
