import { memoryStore, type Store } from '../../../src/index.js'

const operations = ['get', 'set', 'add', 'replace', 'delete', 'addMember', 'members', 'removeMember'] as const
type Operation = (typeof operations)[number]

export interface WatchedStore extends Store {
  readonly size: number
  /** Names of the operations so far, the latest last. */
  calls: Operation[]
  /** Every operation fails, as when Redis is away. */
  broken: boolean
  /** Runs before each operation, which waits for it. */
  before: (operation: Operation, key: string) => unknown
}

/** A memory store that tells what was asked of it, and fails or waits when told to. */
export function watchedStore(options: { now?: () => number } = {}): WatchedStore {
  const inner = memoryStore(options)
  const watched = {
    get size() {
      return inner.size
    },
    calls: [] as Operation[],
    broken: false,
    before: (_operation: Operation, _key: string): unknown => undefined,
  }
  for (const operation of operations) {
    const run = inner[operation] as (...args: unknown[]) => Promise<unknown>
    Object.assign(watched, {
      [operation]: async (...args: unknown[]) => {
        watched.calls.push(operation)
        await watched.before(operation, String(args[0]))
        if (watched.broken) throw new Error('connection lost')
        return run(...args)
      },
    })
  }
  return watched as WatchedStore
}
