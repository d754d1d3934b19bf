import { setImmediate as turn } from 'node:timers/promises'
import type { Member } from '../../support/process/cluster.js'
import { loginsIn } from '../../support/redis/logins-in-redis.js'
import { until } from '../../support/until.js'
import type { Chance } from './chance.js'
import type { World } from './world.js'

/** One process ends, this way or that, and another takes its place. */
export async function replaceOne(world: World, chance: Chance): Promise<void> {
  const member = chance.oneOf(world.cluster.members)
  if (!member) return
  if (chance.next() < 0.7) await kill(world, member)
  else {
    await member.end()
    world.tally.end += 1
  }
  await member.restart()
}

/**
 * Kills it at any moment but one: between the provider's giving new tokens and their being written. Those
 * tokens nobody else has, and with rotation the old ones are used up: no client can help that. So the provider
 * holds refreshes back until what it has answered is written, and forgets those of the dead process.
 */
async function kill({ forger, redis, tally }: World, member: Member): Promise<void> {
  const usedUp = new Set(forger.requests.map(({ form }) => form.get('refresh_token')))
  const release = forger.hold('token')
  const held = forger.counts.token
  try {
    const allWritten = async () =>
      [...(await loginsIn(redis)).values()].every(({ tokens }) => !usedUp.has(tokens.refreshToken ?? null))
    await until(async () => forger.counts.token > held && (await allWritten()), { seconds: 1.5 })
    await member.kill()
    tally.kill += 1
    for (let i = 0; i < 5; i++) await turn() // the dead process' connections are seen to be closed
  } catch {
    await member.end() // a moment that is safe did not come
    tally.end += 1
  } finally {
    release()
  }
}
