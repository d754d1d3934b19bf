import { errors, type JWTPayload } from 'jose'
import { KeycloakError, TokenError } from '../../errors.js'
import { tell } from '../../events.js'
import type { Provider } from '../../provider/provider.js'
import type { KeycloakSecurityEvent } from '../../token.js'
import { type Checks, oneOf, text, withDefault } from '../../util/checks.js'
import { isObject } from '../../util/kind-of.js'
import { ClaimError, isType, verifyJwt } from '../provider/verify-jwt.js'
import { endCovered } from './end-covered.js'
import { subjectOf } from './event-subject.js'

/** What security events mean here. */
export interface SecurityEventPolicy {
  /**
   * What a changed credential does, a password above all: `end` ends every login of its user that is not younger,
   * `tell` only tells the hook. One that was added ends nothing. Default `end`.
   */
  credentialChange?: 'end' | 'tell' | undefined
  /**
   * The audience that events have to have, exactly. Default: the client's id, or what Keycloak makes of it,
   * `<client id>/<stream id>`.
   */
  audience?: string | undefined
}

export const POLICY = {
  credentialChange: withDefault(oneOf('end', 'tell'), 'end'),
  audience: text,
} satisfies Checks<SecurityEventPolicy>

const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'

/** Error codes of RFC 8935, section 2.4, as far as a token can cause them. */
type ErrorCode = 'invalid_request' | 'invalid_key' | 'invalid_issuer' | 'invalid_audience'

/**
 * Verifies a security event token (RFC 8417): signature, `typ`, issuer, audience, and that it tells of one event.
 * It has no `exp`, and may be hours old: what could not be delivered is sent again.
 *
 * Throws `security_event_invalid`, its `reason` a code of RFC 8935, or a `ProviderError` when the keys can not be
 * had.
 */
export async function verifySecurityEventToken(
  provider: Provider,
  jwt: string,
  policy: SecurityEventPolicy,
): Promise<KeycloakSecurityEvent> {
  try {
    const { payload, protectedHeader } = await verifyJwt(provider, jwt, { requiredClaims: ['iat', 'jti'] })
    if (!isType(protectedHeader.typ, 'secevent+jwt')) throw new ClaimError(payload, 'typ')
    checkAudience(provider, payload, policy.audience)
    return eventOf(payload, policy)
  } catch (error) {
    if (error instanceof KeycloakError) throw error
    throw new TokenError('security_event_invalid', { cause: error, reason: errorCode(error) })
  }
}

/** Ends the logins that an event covers, and tells of it; how many ended. Safe to do twice. */
export async function serveSecurityEvent(provider: Provider, event: KeycloakSecurityEvent): Promise<number> {
  const { type, covers, sid, sub } = event
  const until = timeOf(event)
  const ended = covers === 'nothing' ? 0 : await endCovered(provider, { ...covered(event), until })
  tell(provider.name, 'security_event', () => ({
    ...(sub !== undefined && { sub }),
    ...(sid !== undefined && { sid }),
    type: KNOWN.find(known => known === type) ?? 'other',
    covers,
    ended,
  }))
  return ended
}

/** A session's event ends that session's logins, and those of its user that name no session. */
function covered({ covers, sid, sub }: KeycloakSecurityEvent): { sid?: string; sub?: string } {
  return {
    ...(covers === 'session' && sid !== undefined && { sid }),
    ...(sub !== undefined && { sub }),
  }
}

/** A token that is sent again may be a new one: its event is as old as it was. */
function timeOf({ iat, event }: KeycloakSecurityEvent): number {
  const time = event.event_timestamp
  return typeof time === 'number' && time > 0 ? Math.min(time, iat) : iat
}

function eventOf(payload: JWTPayload, policy: SecurityEventPolicy): KeycloakSecurityEvent {
  const { jti, iss, iat, aud, events } = payload
  if (!isId(jti)) throw new ClaimError(payload, 'jti')
  const [[type, event] = [], ...more] = isObject(events) ? Object.entries(events) : []
  // "The events claim … contains one event" (OpenID Shared Signals Framework 1.0, section 4.1.5).
  if (type === undefined || !isObject(event) || more.length > 0) throw new ClaimError(payload, 'events')
  const subject = subjectOf(payload.sub_id ?? event.subject, iss, type === `${CAEP}session-revoked`)
  return {
    type: shortened(type),
    covers: coverage(type, event, subject, policy),
    ...subject,
    iss: iss as string,
    aud: aud as string | string[],
    iat: iat as number,
    jti,
    event,
    ended: 0,
  }
}

const KNOWN = [
  'session-revoked',
  'credential-change',
  'account-disabled',
  'account-purged',
  'verification',
  'stream-updated',
] as const

/** Of the types that are known the last part, of others the whole URI. */
function shortened(type: string): string {
  const name = type.startsWith('https://schemas.openid.net/secevent/') ? type.split('/').at(-1) : undefined
  return KNOWN.find(known => known === name) ?? type
}

function coverage(
  type: string,
  event: Record<string, unknown>,
  { sid, sub }: { sid?: string; sub?: string },
  { credentialChange }: SecurityEventPolicy,
): KeycloakSecurityEvent['covers'] {
  const user = sub === undefined ? 'nothing' : 'user'
  switch (type) {
    case `${CAEP}session-revoked`:
      return sid === undefined ? user : 'session'
    case `${CAEP}credential-change`:
      return credentialChange === 'tell' || event.change_type === 'create' ? 'nothing' : user
    case `${RISC}account-disabled`:
    case `${RISC}account-purged`:
      return user
    default:
      return 'nothing'
  }
}

function checkAudience({ clientId }: Provider, payload: JWTPayload, expected: string | undefined): void {
  const isRight = (audience: unknown) => {
    if (typeof audience !== 'string') return false
    if (expected !== undefined) return audience === expected
    return audience === clientId || isStream(audience, clientId)
  }
  if (![payload.aud].flat().some(isRight)) throw new ClaimError(payload, 'aud')
}

/** A client's id may have a slash in it, a stream's has none. */
function isStream(audience: string, clientId: string): boolean {
  return audience.startsWith(`${clientId}/`) && /^[^/]+$/.test(audience.slice(clientId.length + 1))
}

function errorCode(error: unknown): ErrorCode {
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'invalid_key'
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JOSEAlgNotAllowed)
    return 'invalid_key'
  const claim = error instanceof errors.JWTClaimValidationFailed ? error.claim : undefined
  if (claim === 'iss') return 'invalid_issuer'
  return claim === 'aud' ? 'invalid_audience' : 'invalid_request'
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 255
}
