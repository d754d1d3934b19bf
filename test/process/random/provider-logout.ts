import type { Chance } from './chance.js'
import type { World } from './world.js'

/** The provider ends a session or all of a user's: one of the latest, unless it is said whose. */
export async function requestLogout(
  world: World,
  chance: Chance,
  victim = chance.oneOf(world.logins.slice(-10)),
): Promise<void> {
  if (!victim) return
  const { forger, ledger, tally } = world
  const iat = Math.floor(Date.now() / 1000)
  if (chance.next() < 0.7) {
    const done = ledger.endsSid(victim.sid)
    await deliver(world, await forger.signLogoutToken({ ...victim, iat }))
    done()
    tally['by sid'] += 1
  } else {
    const done = ledger.endsSub(victim.sub, iat)
    await deliver(world, await forger.signLogoutToken({ sub: victim.sub, sid: undefined, iat }))
    done()
    tally['by sub'] += 1
  }
}

/** Again when the process died over it: receiving it twice is safe. */
async function deliver({ cluster, ledger, tally }: World, token: string): Promise<void> {
  for (;;) {
    const body = new URLSearchParams({ logout_token: token })
    const { status } = await fetch(`${cluster.url}/openid/logout_request`, { method: 'POST', body })
    if (status === 200) return
    if (status === 502) tally.lost += 1
    else {
      ledger.violations.push(`Not served: logout request ${status}`)
      return
    }
  }
}
