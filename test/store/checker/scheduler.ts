import { StoreError } from '../../../src/errors.js'
import type { Store } from '../../../src/store/store.js'

/**
 * What becomes of a step: it is done and the answer comes; it is lost on its way; it is done and its answer is lost;
 * or it is given up, and done later.
 */
export type Fate = 'done' | 'lost' | 'answer lost' | 'late'

/** What an actor is about to do. It does it when it is told to, and not before. */
export interface Step {
  readonly actor: string
  readonly label: string
  /** Whether taking it now could make any difference. */
  isDue(): boolean
  take(fate?: Fate): Promise<void>
  /** What the actor learns when no answer comes; none of what can not fail. */
  readonly failure?: Error
}

/** All that follows from a step happens in microtasks; Node does not come to the next tick before they are over. */
export function settled(): Promise<void> {
  return new Promise(resolve => process.nextTick(resolve))
}

/**
 * Turns every operation into a step that waits to be chosen, so that whoever chooses decides in which order
 * things happen. What an actor has learned is written down: its state follows from it.
 */
export class Scheduler {
  readonly pending: Step[] = []
  readonly #histories = new Map<string, string[]>()
  readonly #rename: (text: string, actor: string) => string
  #changes = 0

  /** @param rename makes ids that differ from run to run comparable */
  constructor(rename: (text: string, actor: string) => string) {
    this.#rename = rename
  }

  /**
   * The steps that can be chosen now; none when all is done.
   * @param inOrder of each actor only the first: as when all its commands go over one connection
   */
  due(inOrder: boolean): Step[] {
    const due = this.pending.filter(step => step.isDue())
    const steps = due.length > 0 ? due : this.pending
    if (!inOrder) return steps
    return steps.filter(step => steps.find(({ actor }) => actor === step.actor) === step)
  }

  /** What all actors have learned so far, the same in every run that came here. */
  get histories(): string {
    const histories = [...this.#histories].sort(([a], [b]) => (a < b ? -1 : 1))
    return JSON.stringify(histories)
  }

  async take(step: Step, fate: Fate = 'done'): Promise<void> {
    this.pending.splice(this.pending.indexOf(step), 1)
    await step.take(fate)
    await settled()
  }

  /** Something has changed, if only the time: pauses that wait for that are over. */
  changed(): void {
    this.#changes++
  }

  /** The actor's view of a store. */
  store(actor: string, store: Store): Store {
    const wrap =
      <Args extends unknown[], T>(name: string, call: (...args: Args) => Promise<T>) =>
      (...args: Args) =>
        this.step(actor, `${name} ${JSON.stringify(args)}`, () => call(...args), {
          readsOnly: /^(get|members)/.test(name),
          failure: new StoreError('store_unavailable'),
        })
    return {
      get: wrap('get', store.get),
      set: wrap('set', store.set),
      add: wrap('add', store.add),
      replace: wrap('replace', store.replace),
      delete: wrap('delete', store.delete),
      addMember: wrap('addMember', store.addMember),
      members: wrap('members', store.members),
      removeMember: wrap('removeMember', store.removeMember),
    }
  }

  /** A pause that ends when something has changed: polling what is as it was shows nothing. */
  pause(actor: string): Promise<void> {
    const before = this.#changes
    const isDue = () => this.#changes > before
    return this.step(actor, 'pause', async () => undefined, { readsOnly: true, isDue })
  }

  step<T>(
    actor: string,
    label: string,
    call: () => Promise<T>,
    { readsOnly = false, isDue = () => true, failure }: Partial<Step> & { readsOnly?: boolean } = {},
  ): Promise<T> {
    const history = this.#histories.get(actor) ?? []
    this.#histories.set(actor, history)
    const name = this.#rename(label, actor)
    return new Promise((resolve, reject) => {
      this.pending.push({
        actor,
        label: `${actor}: ${name}`,
        isDue,
        ...(failure && { failure }),
        take: async fate => {
          if (!readsOnly) this.#changes++
          if (failure && fate !== 'done') return this.#fail({ actor, name, failure, call, reject }, fate)
          await call().then(
            result => {
              history.push(this.#rename(`${name} -> ${JSON.stringify(result)}`, actor))
              resolve(result)
            },
            error => {
              history.push(`${name} -> ${error}`)
              reject(error)
            },
          )
        },
      })
    })
  }

  async #fail(
    { actor, name, failure, call, reject }: Failing,
    fate: Exclude<Fate, 'done'> | undefined,
  ): Promise<void> {
    if (fate === 'answer lost') await call().catch(() => undefined)
    reject(failure)
    if (fate !== 'late') return
    this.pending.push({
      actor,
      label: `${actor}: late, ${name}`,
      isDue: () => true,
      take: () =>
        call().then(
          () => this.changed(),
          () => undefined,
        ),
    })
  }
}

interface Failing {
  actor: string
  name: string
  failure: Error
  call: () => Promise<unknown>
  reject: (failure: Error) => void
}
