import type { LoginRecord } from './login-record.js'

/**
 * What the store remembers of a logout: which logins it covers that may still be under way. A time of the
 * provider's clock is compared with the provider's, one of ours with ours: the two may differ.
 */
export type LogoutMark =
  | `issued ${number}`
  | `started ${number}`
  | `started ${number} except ${string}`
  | `tokens ${number}`

/** Covers the logins whose ID token is not younger, by the provider's clock. */
export function issuedUntil(time: number): LogoutMark {
  return `issued ${time}`
}

/**
 * Covers the logins that had begun, by this application's clock.
 * @param except the hash of the one that goes on
 */
export function startedUntil(time: number, except?: string): LogoutMark {
  return except === undefined ? `started ${time}` : `started ${time} except ${except}`
}

/**
 * Covers no login, but the access tokens of one that has ended: those that were issued until now, by the provider's
 * clock. How that differs from ours shows where the login began; what is rounded in between counts as covered.
 */
export function tokensUntil(now: number, { issuedAt, startedAt }: LoginRecord): LogoutMark {
  return `tokens ${Math.ceil(now + Math.max(0, issuedAt - startedAt + 1))}`
}

/** @param hash the login's: a mark may leave one out */
export function covers(mark: string, { issuedAt, startedAt }: LoginRecord, hash?: string): boolean {
  const [clock, time, _, except] = mark.split(' ')
  if (clock === 'tokens' || (except !== undefined && except === hash)) return false
  return (clock === 'issued' ? issuedAt : startedAt) <= Number(time)
}

/**
 * Whether a logout covers an access token, by its `iat`. One that leaves out a login covers no token by itself: each
 * login that it ends leaves a mark of its own.
 */
export function coversToken(mark: string, issuedAt: number): boolean {
  const [, time, except] = mark.split(' ')
  return except === undefined && issuedAt <= Number(time)
}
