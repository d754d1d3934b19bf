/** Who does something: the three lanes of the sequence. */
export type Lane = 'one' | 'keycloak' | 'two'

/** One line of the sequence. `visit`: the browser carries it; `call`: a server makes it itself. */
export interface Step {
  id: number
  at: Date
  kind: 'visit' | 'call' | 'store' | 'event'
  from: Lane
  to: Lane
  text: string
  /** What was answered; none while it is under way. */
  answer?: string
  /** How many that are alike this line stands for. */
  count: number
  /** Grows with each change of any line. */
  version: number
}

export type NewStep = Pick<Step, 'kind' | 'from' | 'to' | 'text'> & { answer?: string }

const MAX_STEPS = 200

/**
 * What just happened, for everybody to see: in a demo that is the point, and nowhere else would it be
 * right.
 */
export class Timeline {
  readonly #steps: Step[] = []
  readonly #listeners = new Set<(step: Step) => void>()
  #version = 0
  #lastId = 0

  get version(): number {
    return this.#version
  }

  /** Adds a line; what is asked while the same is still under way joins that line. */
  add(added: NewStep): Step {
    const same = this.#steps.findLast(step => isSame(step, added) && step.answer === undefined)
    if (same && added.kind !== 'event') {
      same.count += 1
      return this.#changed(same)
    }
    this.#lastId += 1
    const step = { ...added, id: this.#lastId, at: new Date(), count: 1, version: 0 }
    this.#steps.push(step)
    this.#steps.splice(0, this.#steps.length - MAX_STEPS)
    return this.#changed(step)
  }

  /** Something that happened in one lane. */
  tell(lane: Lane, text: string): void {
    this.add({ kind: 'event', from: lane, to: lane, text })
  }

  answer(step: Step, answer: string): void {
    step.answer = answer
    this.#changed(step)
  }

  /** The last line, to be gone on with. */
  get last(): Step | undefined {
    return this.#steps.at(-1)
  }

  update(step: Step, text: string): void {
    step.text = text
    this.#changed(step)
  }

  /** All that is new since a version, in order. */
  since(version: number): Step[] {
    return this.#steps.filter(step => step.version > version)
  }

  /** The events, the newest first. */
  events(limit: number): Step[] {
    const events = this.#steps.filter(({ kind }) => kind === 'event')
    return events.reverse().slice(0, limit)
  }

  clear(): void {
    this.#steps.length = 0
  }

  /** Calls the listener at each change; gives what ends that. */
  watch(listener: (step: Step) => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  #changed(step: Step): Step {
    this.#version += 1
    step.version = this.#version
    for (const listener of this.#listeners) listener(step)
    return step
  }
}

function isSame(step: Step, { kind, from, to, text }: NewStep): boolean {
  return step.kind === kind && step.from === from && step.to === to && step.text === text
}
