import type { TokenSet } from '../token.js'
import { isObject } from '../util/decode-claims.js'

/** One login, as the store keeps it: the only thing that says that somebody is logged in. */
export interface LoginRecord {
  iss: string
  sub: string
  /** The provider's session, when it names one. */
  sid?: string
  /** `iat` of the ID token that the login began with, in the provider's seconds. */
  issuedAt: number
  /** When the login began, in seconds since the epoch. */
  startedAt: number
  /** When it ends at the latest, whatever is renewed. */
  endsAt: number
  /** How often it was renewed: tells two states of one login apart. */
  renewals: number
  tokens: TokenSet
}

/** What a record says of a login without its tokens. */
export interface LoginSummary {
  /** Names the login in `endLogins({ id })`; useless as a cookie. */
  id: string
  sub: string
  sid?: string
  startedAt: number
  /** When its tokens were last renewed. */
  renewedAt: number
  endsAt: number
}

/** Seconds that a login has left: to its cap, or to the end of its refresh token if that comes first. */
export function remainingLife(record: LoginRecord, now: number): number {
  const { receivedAt, refreshExpiresIn } = record.tokens
  const idleEnd = refreshExpiresIn === undefined ? Number.POSITIVE_INFINITY : receivedAt + refreshExpiresIn
  return Math.min(record.endsAt, idleEnd) - now
}

/** The record in a store's value; `undefined` for what is none, or is over. */
export function readRecord(value: string | undefined, now: number): LoginRecord | undefined {
  if (value === undefined) return undefined
  try {
    const record: unknown = JSON.parse(value)
    if (!isObject(record) || !isObject(record.tokens) || typeof record.endsAt !== 'number') return undefined
    const login = record as unknown as LoginRecord
    return remainingLife(login, now) > 0 ? login : undefined
  } catch {
    return undefined
  }
}

export function summarize(id: string, { sub, sid, startedAt, endsAt, tokens }: LoginRecord): LoginSummary {
  return { id, sub, ...(sid !== undefined && { sid }), startedAt, renewedAt: tokens.receivedAt, endsAt }
}
