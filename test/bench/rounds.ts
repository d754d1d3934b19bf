import { load } from './load.js'
import type { Contender } from './scene.js'

/** What was seen of one contender, round by round. */
export interface Measured {
  /** Microseconds of the server's CPU time for one request. */
  cpu: number[]
  /** Requests per second. */
  rate: number[]
}

const CONNECTIONS = 32

/**
 * Measures contenders in turns, in short bursts, forwards and backwards: whatever else the machine does meets
 * all of them alike.
 * @param burst how long one turn takes, about, in seconds
 */
export async function inRounds<Name extends string>(
  contenders: Record<Name, Contender>,
  { rounds, burst }: { rounds: number; burst: number },
): Promise<Record<Name, Measured>> {
  const names = Object.keys(contenders) as Name[]
  const sizes = new Map<Name, number>()
  const seen = {} as Record<Name, Measured>
  for (const name of names) seen[name] = { cpu: [], rate: [] }
  for (const name of names) {
    await turn(contenders[name], 1000) // warm, so that the second one tells how fast it is
    const { rate } = await turn(contenders[name], 500)
    sizes.set(name, Math.max(100, Math.round(rate * burst)))
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of round % 2 ? names.toReversed() : names) {
      const { cpu, rate } = await turn(contenders[name], sizes.get(name) ?? 100)
      seen[name].cpu.push(cpu)
      seen[name].rate.push(rate)
    }
  }
  return seen
}

async function turn({ url, headers, child, path = '/private' }: Contender, requests: number) {
  const [cpu, time] = [await child.cpu(), performance.now()]
  await load({ url: url + path, headers, requests, connections: CONNECTIONS })
  const seconds = (performance.now() - time) / 1000
  return { cpu: ((await child.cpu()) - cpu) / requests, rate: requests / seconds }
}
