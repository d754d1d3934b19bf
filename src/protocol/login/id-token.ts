import { errors, type JWTPayload } from 'jose'
import { KeycloakError, ProviderError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import {
  ClaimError,
  isClockDifference,
  isType,
  registeredAlgorithm,
  verifyJwt,
} from '../provider/verify-jwt.js'

/**
 * Verifies an ID token (OpenID Connect Core 1.0, section 3.1.3.7): signature, issuer, audience, authorized
 * party, times and subject. Nonce and `auth_time` are openid-client's to check, and were.
 *
 * Throws `id_token_invalid` or `clock_mismatch`.
 */
export async function verifyIdToken(
  provider: Provider,
  idToken: string | undefined,
): Promise<JWTPayload & { sub: string; iat: number; iss: string }> {
  if (idToken === undefined)
    throw new ProviderError('id_token_invalid', { detail: 'There is none: is the scope openid asked for?' })
  try {
    const { payload, protectedHeader } = await verifyJwt(provider, idToken, {
      audience: provider.clientId,
      ...registeredAlgorithm(provider),
    })
    const { azp, sub, iat, iss } = payload
    // "If an azp Claim is present, the Client SHOULD verify that its client_id is the Claim Value."
    if (azp !== undefined && azp !== provider.clientId) throw new ClaimError(payload, 'azp')
    if (Array.isArray(payload.aud) && payload.aud.length > 1 && azp === undefined)
      throw new ClaimError(payload, 'azp')
    // Header and, with Keycloak, claims say what a token is for; an access or logout token is no ID token.
    if (!isType(protectedHeader.typ, 'jwt', undefined) || (payload.typ !== undefined && payload.typ !== 'ID'))
      throw new ClaimError(payload, 'typ')
    if (typeof sub !== 'string' || sub === '' || sub.length > 255) throw new ClaimError(payload, 'sub')
    return { ...payload, sub, iat: iat as number, iss: iss as string }
  } catch (error) {
    if (error instanceof KeycloakError) throw error
    throw new ProviderError(isClockDifference(error) ? 'clock_mismatch' : 'id_token_invalid', {
      cause: error,
    })
  }
}

/** Whether a verification failed for a key that is not published, or not known here yet. */
export function isKeyUnknown(error: unknown): boolean {
  const cause = error instanceof KeycloakError ? (error.cause as { code?: unknown } | undefined) : undefined
  return cause?.code === errors.JWKSNoMatchingKey.code
}

/** The provider's session that an ID token names. Before version 12 Keycloak had it in `session_state` alone. */
export function sessionId(
  { settings }: Provider,
  { sid, session_state }: JWTPayload,
  sessionState?: string,
): string | undefined {
  const id = sid ?? (settings.legacy ? (session_state ?? sessionState) : undefined)
  if (id === undefined) return undefined
  if (typeof id !== 'string' || id === '' || id.length > 255) throw new ProviderError('id_token_invalid')
  return id
}
