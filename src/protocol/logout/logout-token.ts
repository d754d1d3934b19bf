import { KeycloakError, TokenError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import type { KeycloakBackChannelLogout } from '../../token.js'
import { isObject } from '../../util/kind-of.js'
import { ClaimError, isType, registeredAlgorithm, verifyJwt } from '../provider/verify-jwt.js'

const EVENT = 'http://schemas.openid.net/event/backchannel-logout'

/** Seconds for which a logout token is good, whatever its `exp` says; Keycloak before 24 sends no `exp`. */
const MAX_AGE = 300

/**
 * Verifies a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.6).
 *
 * Throws `logout_token_invalid`, or a `ProviderError` when the keys can not be had.
 */
export async function verifyLogoutTokenJwt(
  provider: Provider,
  jwt: string,
): Promise<Omit<KeycloakBackChannelLogout, 'ended'>> {
  try {
    const { payload, protectedHeader } = await verifyJwt(provider, jwt, {
      audience: provider.clientId,
      requiredClaims: ['iat', 'jti'],
      maxTokenAge: MAX_AGE,
      ...registeredAlgorithm(provider),
    })
    const { sub, sid, jti, events } = payload
    const isUntyped = isType(protectedHeader.typ, 'jwt', undefined) && payload.typ === undefined
    if (!isUntyped && !isLogoutType(protectedHeader.typ, payload.typ)) throw new ClaimError(payload, 'typ')
    // "MUST contain either a sub or a sid Claim, and MAY contain both"
    if (!isId(sub) && !isId(sid)) throw new ClaimError(payload, 'sub')
    if ((sub !== undefined && !isId(sub)) || (sid !== undefined && !isId(sid)))
      throw new ClaimError(payload, 'sid')
    if (!isId(jti)) throw new ClaimError(payload, 'jti')
    // "a JSON object ... containing the member name", whose "value ... MUST be a JSON object"
    if (!isObject(events) || !isObject(events[EVENT])) throw new ClaimError(payload, 'events')
    // "A nonce Claim MUST NOT be present": it would be an ID token in disguise
    if ('nonce' in payload) throw new ClaimError(payload, 'nonce')
    if (isUntyped && !provider.settings.untypedLogoutTokens) throw untyped()
    return {
      iss: payload.iss as string,
      aud: payload.aud as string | string[],
      iat: payload.iat as number,
      jti,
      events,
      ...(isId(sid) && { sid }),
      ...(isId(sub) && { sub }),
    }
  } catch (error) {
    if (error instanceof KeycloakError) throw error
    throw new TokenError('logout_token_invalid', { cause: error })
  }
}

/** The specification lets `typ` be absent: "it is RECOMMENDED" (section 2.4). All else in the token is right. */
function untyped(): TokenError {
  return new TokenError('logout_token_invalid', {
    detail: 'It has no typ logout+jwt. (Developers: untypedLogoutTokens lets such tokens in.)',
    reason: 'untyped',
  })
}

/** `logout+jwt`; Keycloak before 25 sends `JWT`, and says in its claims that it is for a logout. */
function isLogoutType(header: string | undefined, claim: unknown): boolean {
  if (isType(header, 'logout+jwt')) return claim === undefined || claim === 'Logout'
  return isType(header, 'jwt') && claim === 'Logout'
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length > 0 && value.length <= 255
}
