import type { Provider } from '../../provider/provider.js'

/** Whose logins the provider has ended. */
export interface Covered {
  sid?: string
  sub?: string
  /** Until when, in the provider's seconds: younger ones go on. */
  until: number
}

/**
 * Ends the logins of a session, and those of its user that name none; with a user alone, or `logoutScope: 'subject'`,
 * all of the user's. Tells how many ended.
 */
export async function endCovered(
  { logins, settings }: Provider,
  { sid, sub, until }: Covered,
): Promise<number> {
  const ended = sid === undefined ? 0 : await logins.endBySid(sid, until)
  if (sub === undefined) return ended
  const isWholeUser = sid === undefined || settings.logoutScope === 'subject'
  return ended + (await (isWholeUser ? logins.endBySub(sub, until) : logins.endBySubAlone(sub, until)))
}
