import fc from 'fast-check'
import { KeycloakError } from '../../../src/errors.js'
import type { Fate, Step } from './scheduler.js'
import { type Actor, type LoginsModule, Violation, World } from './world.js'

/** Weights: most goes well, or no story would get far. */
const FATES: Fate[] = [...Array(17).fill('done'), 'lost', 'answer lost', 'late']

/** Seconds that pass at once: within a request, beyond a lock, beyond a refresh token's life, beyond a mark's. */
const TIMES = [0.5, 3, 6, 40, 300, 900, 2000, 4000]

/** One in so many steps is that time passes. */
const TIME_EVERY = 8

/** Seconds that the next refresh token lives: near the end of the session they get short. */
const LIVES = [2000, 1000, 200, 60, 20]

const PROCESSES = ['p', 'q']

interface Deed {
  kind: 'login' | 'visit' | 'end' | 'session' | 'user'
  sub: string
  sid: string
  /** Whose login it is about. */
  whose: number
}

const deed: fc.Arbitrary<Deed> = fc.record({
  kind: fc.constantFrom('login', 'visit', 'visit', 'visit', 'end', 'session', 'user'),
  sub: fc.constantFrom('alice', 'bob'),
  sid: fc.constantFrom('A', 'B'),
  whose: fc.nat(5),
})

/** What several people and the provider do, each one thing after the other, over two processes. */
export const story = fc.record({
  logins: fc.array(deed, { minLength: 1, maxLength: 2 }),
  threads: fc.array(fc.array(deed, { minLength: 1, maxLength: 6 }), { minLength: 1, maxLength: 4 }),
  chance: fc.infiniteStream(fc.nat(10_000)),
})

type Story = typeof story extends fc.Arbitrary<infer T> ? T : never

/**
 * Tells a story in which time passes, writes are lost, answers are lost after the write, and writes come late. Throws
 * a `Violation`, with the steps that lead to it, when a login lives after a logout that was answered, or a later logout
 * would not find it.
 */
export async function tell(
  { logins, threads, chance }: Story,
  module: LoginsModule,
  options: { shortens?: boolean } = {},
): Promise<void> {
  const draw = <T>(items: readonly T[]): T => items[chance.next().value % items.length] as T
  const world = new World(module, { ...options, refreshLife: () => draw(LIVES) })
  const names: string[] = []
  const acts = (deeds: Deed[]): Actor => {
    return async (_, actor) => {
      for (const [i, each] of deeds.entries())
        await act(world, `${actor}${i}@${draw(PROCESSES)}`, each, names)
    }
  }
  const trace: string[] = []
  try {
    await world.start(
      Object.fromEntries(
        [...logins.map(each => [{ ...each, kind: 'login' as const }]), ...threads].map((deeds, i) => [
          `${i}.`,
          acts(deeds),
        ]),
      ),
    )
    for (let steps = 0; steps < 600; steps++) {
      world.check()
      const due = world.scheduler.due(false)
      if (due.length === 0) break
      if (chance.next().value % TIME_EVERY === 0 || isOnlyWaiting(due)) {
        const seconds = draw(TIMES)
        trace.push(`${seconds} s pass`)
        world.advance(seconds)
      } else {
        const step = draw(due)
        const fate = step.failure ? draw(FATES) : 'done'
        trace.push(`${step.label} (${fate})`)
        await world.scheduler.take(step, fate)
      }
    }
    world.check()
  } catch (error) {
    if (error instanceof Violation) error.message += `\n  ${trace.join('\n  ')}`
    throw error
  }
}

/** Of what only waits none is due; a wait ends when something has changed. */
function isOnlyWaiting(due: Step[]): boolean {
  return due.every(step => !step.isDue())
}

/** A request that the store or the provider does not answer has failed, and that is all. */
async function act(world: World, actor: string, { kind, sub, sid, whose }: Deed, names: string[]) {
  const issuedAt = Math.floor(world.now)
  const name = names[whose % names.length]
  try {
    if (kind === 'login') {
      names.push(actor)
      await world.login(actor, { sub, sid, issuedAt })
    } else if (kind === 'session') await world.endBySid(actor, sid, issuedAt)
    else if (kind === 'user') await world.endBySub(actor, sub, issuedAt)
    else if (name !== undefined) await (kind === 'end' ? world.end(actor, name) : world.visit(actor, name))
  } catch (error) {
    if (!(error instanceof KeycloakError && error.status === 503)) throw error
  }
}
