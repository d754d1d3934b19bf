import type { TokenSet } from '../../token.js'

/** Whether new tokens are to be asked for: `soon` while the ones that are there still do, `must` when they do not. */
export type Due = 'no' | 'soon' | 'must'

/** Tokens are renewed this many seconds before they expire, but not before nine tenths of their life. */
const MARGIN = 10

/** Seconds from the future that clocks of two processes may make; more, and the clock was set back. */
const CLOCK_DIFFERENCE = 60

/** Seconds after which an access token that could not be verified is replaced: its roles are waited for. */
const POSTPONED = 30

/**
 * Whether tokens are due for renewal, for the sake of any of them. Whether they can be renewed, which needs a
 * refresh token and a provider that answers, is another question.
 *
 * @param now in seconds since the epoch
 */
export function renewalDue(tokens: TokenSet, now: number): Due {
  const due = accessTokenDue(tokens, now)
  return due === 'no' && isSoon(tokens, now) ? 'soon' : due
}

/** The same for an application that renews access tokens only when it uses them: due while the login is at stake. */
export function loginDue(tokens: TokenSet, now: number): Due {
  return isSoon(tokens, now) ? 'soon' : 'no'
}

/**
 * Whether an access token is due by itself. One of unknown life never is. One that was received before the clock
 * was set back is of unknown age.
 */
export function accessTokenDue({ expiresIn, receivedAt }: TokenSet, now: number): Due {
  if (expiresIn === undefined) return 'no'
  const age = now - receivedAt
  if (age >= expiresIn) return 'must'
  const isNearEnd = age >= expiresIn - Math.min(MARGIN, expiresIn / 10)
  return isNearEnd || age < -CLOCK_DIFFERENCE ? 'soon' : 'no'
}

function isSoon(tokens: TokenSet, now: number): boolean {
  const age = now - tokens.receivedAt
  return isPastHalf(tokens, age) || (tokens.accessCheck === 'postponed' && Math.abs(age) >= POSTPONED)
}

/**
 * The refresh token ends where an idle login does: a user who is there at its half has it renewed, and stays. Not
 * where the renewal before has shown that its end stands fixed.
 */
function isPastHalf({ refreshExpiresIn, isRefreshEndFixed }: TokenSet, age: number): boolean {
  if (refreshExpiresIn === undefined || isRefreshEndFixed) return false
  return age >= refreshExpiresIn / 2 || age < -CLOCK_DIFFERENCE
}
