import { isObject } from '../../util/kind-of.js'

/** Whom a security event is about, as far as logins know them. */
export interface EventSubject {
  sid?: string
  sub?: string
}

/** Keycloak's word for every session of a user. */
const ALL = 'ALL'

/**
 * Reads a subject identifier (RFC 9493): `iss_sub`, `opaque` for a session, `aliases`, and the Shared Signals
 * Framework's `complex` with `user` and `session`. Formats that name a user by an address or a number name no login.
 *
 * @param issuer whose `sub` counts
 * @param isSession whether an opaque identifier is a session's
 */
export function subjectOf(subject: unknown, issuer: unknown, isSession: boolean): EventSubject {
  if (!isObject(subject)) return {}
  switch (formatOf(subject)) {
    case 'iss_sub':
      return subject.iss === issuer && isId(subject.sub) ? { sub: subject.sub } : {}
    case 'opaque':
      return isSession && isId(subject.id) && subject.id !== ALL ? { sid: subject.id } : {}
    case 'aliases':
      return first(subject.identifiers, issuer)
    case 'complex':
      return { ...subjectOf(subject.user, issuer, false), ...subjectOf(subject.session, issuer, true) }
    default:
      return {}
  }
}

/** Before RFC 9493 it was `subject_type`, with hyphens; a complex subject had none. */
function formatOf(subject: Record<string, unknown>): unknown {
  const format = subject.format ?? subject.subject_type
  if (typeof format === 'string') return format.replaceAll('-', '_')
  return isObject(subject.user) || isObject(subject.session) ? 'complex' : undefined
}

/** "An Aliases Subject Identifier … MUST NOT be nested" (RFC 9493, section 3.2.8). */
function first(identifiers: unknown, issuer: unknown): EventSubject {
  if (!Array.isArray(identifiers)) return {}
  const flat = identifiers.filter(each => isObject(each) && formatOf(each) === 'iss_sub')
  return flat.map(each => subjectOf(each, issuer, false)).find(({ sub }) => sub !== undefined) ?? {}
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 255
}
