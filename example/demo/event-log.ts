/** One thing that happened, as the demo's pages tell it. */
export interface DemoEvent {
  at: Date
  /** Whose doing: an application's name, or Keycloak. */
  where: string
  text: string
}

const MAX_EVENTS = 100

/**
 * What just happened, for everybody to see: in a demo that is the point, and nowhere else would it be
 * right.
 */
export class EventLog {
  readonly #events: DemoEvent[] = []
  #count = 0

  add(where: string, text: string): void {
    this.#count += 1
    this.#events.unshift({ at: new Date(), where, text })
    this.#events.splice(MAX_EVENTS)
  }

  /** How many there have been, those that are forgotten included. */
  get count(): number {
    return this.#count
  }

  /** The newest first. */
  latest(limit: number): DemoEvent[] {
    return this.#events.slice(0, limit)
  }
}
