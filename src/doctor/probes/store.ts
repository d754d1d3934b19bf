import { storeContract } from '../../store/contract.js'
import { isRedisLike, type RedisLike } from '../../store/redis-client.js'
import { redisStore } from '../../store/redis-store.js'
import { isStore, type Store } from '../../store/store.js'
import { withDeadline } from '../../util/deadline.js'
import { BOGUS } from '../bogus.js'
import type { Examination, Probe } from '../examination.js'
import { type Finding, finding } from '../findings.js'
import { type RedisView, redisView } from '../redis-view.js'
import { Unexamined } from '../report.js'

/** How often a key is read to see how long that takes. */
const READS = 20

/** Milliseconds that a read may take, in the middle of all. */
const SLOW = 25

/** Seconds that the checks of the contract have altogether. */
const PATIENCE = 20

/** Whether the store of logins is there, quick, and does what the logins need. */
export const store: Probe = {
  what: 'the store of logins',
  async examine(x) {
    const given = x.provider.settings.store
    if (given === undefined) return process.env.NODE_ENV === 'production' ? [finding('store_in_memory')] : []
    const asked = isStore(given) ? given : redisStore(given)
    const times = await readingTimes(asked, x.provider.settings.storeTimeout)
    if (times === undefined) return [finding('store_unavailable')]
    return [...latency(times), ...(await contract(asked))]
  },
}

/** What can be asked of a Redis, besides. */
export const redis: Probe = {
  what: 'Redis: its eviction policy and its clock',
  async examine(x) {
    if (x.provider.settings.store === undefined) return []
    const client = redisOf(x)
    if (client === undefined) throw new Unexamined('the store is no Redis that is known as one')
    const view = await withDeadline(redisView(client), x.provider.settings.storeTimeout).catch(
      () => undefined,
    )
    if (view === undefined) throw new Unexamined('this Redis does not tell')
    return [...eviction(view), ...clock(x, view)]
  },
}

function redisOf({ provider }: Examination): RedisLike | undefined {
  const { store: given } = provider.settings
  return isRedisLike(given) && !isStore(given) ? given : undefined
}

async function readingTimes(asked: Store, timeout: number): Promise<number[] | undefined> {
  const times: number[] = []
  try {
    for (let i = 0; i < READS; i++) {
      const began = performance.now()
      await withDeadline(asked.get(BOGUS), timeout)
      times.push(performance.now() - began)
    }
    return times
  } catch {
    return undefined
  }
}

function latency(times: number[]): Finding[] {
  const median = times.toSorted((a, b) => a - b)[READS / 2] ?? 0
  return median > SLOW
    ? [finding('store_slow', { detail: `It took ${Math.round(median)} ms to read a key.` })]
    : []
}

/** Its checks at the same time, each on keys of its own. */
async function contract(asked: Store): Promise<Finding[]> {
  const pass = (seconds: number) => new Promise<void>(resolve => setTimeout(resolve, seconds * 1000))
  const outcomes = await Promise.all(
    storeContract.map(async ({ title, run }) => {
      try {
        await withDeadline(run(asked, { pass }), PATIENCE)
        return undefined
      } catch {
        return title
      }
    }),
  )
  const failed = outcomes.filter(title => title !== undefined)
  return failed.length > 0 ? [finding('store_contract', { detail: `It fails: ${failed.join('; ')}.` })] : []
}

function eviction({ evictionPolicy, maxMemory }: RedisView): Finding[] {
  const isEvicting = evictionPolicy !== 'noeviction' && maxMemory !== 0
  return isEvicting ? [finding('store_evicts')] : []
}

function clock({ provider: { settings } }: Examination, { time, asked, answered }: RedisView): Finding[] {
  if (time === undefined) return []
  // The option's clock as far as it is from this machine's, at the moment of the question.
  const seconds = (asked + answered) / 2 + settings.now() - Date.now() / 1000 - time
  if (Math.abs(seconds) <= settings.clockTolerance + (answered - asked)) return []
  const where = `This machine’s is ${Math.round(Math.abs(seconds))} seconds ${seconds > 0 ? 'ahead' : 'behind'}.`
  return [finding('store_clock', { detail: where })]
}
