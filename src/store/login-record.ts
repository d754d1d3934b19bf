import type { TokenSet } from '../token.js'

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
  /** `acr` and `auth_time` of the ID token that the login began with: a renewed one need not repeat them. */
  acr?: string
  authTime?: number
  /** What the application noted of where the login was made. */
  device?: LoginDescription
  /** Without its secrets where these are `sealed`: `accessToken` is empty then. */
  tokens: TokenSet
  /** The tokens, as only who has the login's id can read them. */
  sealed?: string
}

/** What an application notes of where a login was made, as `describeLogin` gave it: a JSON object. */
export type LoginDescription = Readonly<Record<string, unknown>>

/** What a record says of a login without its tokens. */
export interface LoginSummary {
  /** Names the login in `endLogins({ id })`; useless as a cookie. */
  id: string
  sub: string
  sid?: string
  startedAt: number
  /** When its tokens were last renewed. */
  renewedAt: number
  /** When it ends at the latest, whatever is renewed. */
  endsAt: number
  /** What `describeLogin` gave when it began. */
  device?: LoginDescription
  /** Whether it is the login of the request that asks; absent when none was given. */
  current?: boolean
}

/** Seconds that a login has left: to its cap, or to the end of its refresh token if that comes first. */
export function remainingLife(record: LoginRecord, now: number): number {
  const { receivedAt, refreshExpiresIn } = record.tokens
  const idleEnd = refreshExpiresIn === undefined ? Number.POSITIVE_INFINITY : receivedAt + refreshExpiresIn
  return Math.min(record.endsAt, idleEnd) - now
}

const FIELDS = [
  'iss',
  'sub',
  'sid',
  'issuedAt',
  'startedAt',
  'endsAt',
  'renewals',
  'acr',
  'authTime',
  'device',
] as const

const TOKEN_FIELDS = [
  'accessToken',
  'refreshToken',
  'idToken',
  'tokenType',
  'scope',
  'sessionState',
  'expiresIn',
  'refreshExpiresIn',
  'receivedAt',
  'isRefreshEndFixed',
  'accessCheck',
] as const

/** A record as a store's value: without the names of its fields, which would be a twentieth of it. */
export function writeRecord({ tokens, sealed, ...record }: LoginRecord): string {
  const text = JSON.stringify([FIELDS.map(field => record[field]), TOKEN_FIELDS.map(field => tokens[field])])
  return sealed === undefined ? text : `${text}\n${sealed}` // JSON on one line has no line break in it
}

/** The record in a store's value, be it over or not; `undefined` for whatever is none. */
export function parseRecord(value: string | undefined): LoginRecord | undefined {
  if (value === undefined) return undefined
  try {
    const end = value.indexOf('\n')
    const [fields, tokenFields] = JSON.parse(end < 0 ? value : value.slice(0, end))
    const record = Object.assign(named(FIELDS, fields), { tokens: named(TOKEN_FIELDS, tokenFields) })
    if (end >= 0) Object.assign(record, { sealed: value.slice(end + 1) })
    return 'endsAt' in record && 'receivedAt' in record.tokens ? (record as LoginRecord) : undefined
  } catch {
    return undefined
  }
}

/** The record in a store's value; `undefined` for what is none, or is over. */
export function readRecord(value: string | undefined, now: number): LoginRecord | undefined {
  const record = parseRecord(value)
  return record && remainingLife(record, now) > 0 ? record : undefined
}

/** JSON has `null` for what was undefined. One loop and no copies: every request of a login comes by here. */
function named(names: readonly string[], values: unknown[]): object {
  const object: Record<string, unknown> = {}
  names.forEach((name, i) => {
    if (values[i] != null) object[name] = values[i]
  })
  return object
}

export function summarize(id: string, record: LoginRecord): LoginSummary {
  const { sub, sid, startedAt, endsAt, device, tokens } = record
  return {
    id,
    sub,
    ...(sid !== undefined && { sid }),
    startedAt,
    renewedAt: tokens.receivedAt,
    endsAt,
    ...(device !== undefined && { device }),
  }
}
