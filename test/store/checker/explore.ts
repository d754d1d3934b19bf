import type { Step } from './scheduler.js'
import { type Actor, type LoginsModule, Violation, World } from './world.js'

export interface Scenario {
  /** What has happened before, one after the other. */
  before?: Record<string, Actor>
  /** What happens at the same time. */
  meanwhile: Record<string, Actor>
  /** Only orders in which each actor's commands are executed as they were sent: the others are too many. */
  inOrder?: boolean
}

/** How much was looked at. */
export interface Explored {
  runs: number
  states: number
}

/**
 * Walks all orders in which the steps of a scenario can happen. Throws the first `Violation`, with the steps that
 * lead to it.
 *
 * Two orders that lead to the same state, that is, to the same store and to actors that have learned the same,
 * have the same future; only one of them is followed on.
 */
export async function explore(scenario: Scenario, module: LoginsModule): Promise<Explored> {
  const seen = new Set<string>()
  const open: number[][] = [[]]
  let runs = 0
  for (let choices = open.pop(); choices; choices = open.pop()) {
    runs++
    const path: number[] = []
    await run(scenario, module, (due, world) => {
      const given = choices?.[path.length]
      if (given !== undefined) {
        if (!due[given]) throw new Error('the same steps led to another state')
        path.push(given)
        return due[given]
      }
      world.check()
      const { state } = world
      if (seen.has(state)) return undefined
      seen.add(state)
      for (let other = 1; other < due.length; other++) open.push([...path, other])
      path.push(0)
      return due[0]
    })
  }
  return { runs, states: seen.size }
}

/** Runs a scenario once; `choose` says what happens next, or nothing to leave the rest. */
export async function run(
  { before = {}, meanwhile, inOrder = false }: Scenario,
  module: LoginsModule,
  choose: (due: Step[], world: World) => Step | undefined,
): Promise<void> {
  const world = new World(module)
  const trace: string[] = []
  try {
    await world.prepare(before)
    await world.start(meanwhile)
    for (;;) {
      const due = world.scheduler.due(inOrder)
      if (due.length === 0) break
      const step = choose(due, world)
      if (!step) return
      trace.push(step.label)
      await world.scheduler.take(step)
    }
    world.checkEnd()
  } catch (error) {
    if (error instanceof Violation) error.message += `\n  ${trace.join('\n  ')}`
    throw error
  }
}
