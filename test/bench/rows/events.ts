import { tell, traced } from '../../../src/events.js'
import type { Line } from '../report.js'
import { median } from '../statistics.js'

const CALLS = 1_000_000

/** A guarded request makes one call to the store, and tells at most one event; it takes more than 100 µs. */
const REACH = 100

/** What one call and one event add while nobody listens: nanoseconds of CPU time, the call itself taken off. */
export function events(rounds: number): Line[] {
  const call = () => Promise.resolve()
  const watched = () => {
    traced('store', () => ({ operation: 'get' }), call)
    tell('keycloak', 'access.refused', () => ({ code: 'login_required' }))
  }
  const seen: number[] = []
  for (let round = -1; round < rounds; round++) {
    const added = timeOf(watched) - timeOf(call)
    if (round >= 0) seen.push(added) // the first was to warm up
  }
  const nanoseconds = median(seen)
  return [
    {
      what: 'events of a guarded request, nobody listens: CPU',
      seen: `${Math.max(0, nanoseconds).toFixed(0)} ns`,
      reach: `≤ ${REACH} ns, a thousandth of the request`,
      reached: nanoseconds <= REACH,
    },
  ]
}

function timeOf(call: () => unknown): number {
  const before = process.cpuUsage()
  for (let i = 0; i < CALLS; i++) call()
  const { user, system } = process.cpuUsage(before)
  return ((user + system) * 1000) / CALLS
}
