import type { LoginRecord } from './login-record.js'

/**
 * What the store remembers of a logout: which logins it covers that may still be under way. A time of the
 * provider's clock is compared with the provider's, one of ours with ours: the two may differ.
 */
export type LogoutMark = `issued ${number}` | `started ${number}`

/** Covers the logins whose ID token is not younger, by the provider's clock. */
export function issuedUntil(time: number): LogoutMark {
  return `issued ${time}`
}

/** Covers the logins that had begun, by this application's clock. */
export function startedUntil(time: number): LogoutMark {
  return `started ${time}`
}

export function covers(mark: string, { issuedAt, startedAt }: LoginRecord): boolean {
  const [clock, time] = mark.split(' ')
  return (clock === 'issued' ? issuedAt : startedAt) <= Number(time)
}
