import type { JWTPayload } from 'jose'
import { KeycloakError, TokenError } from '../errors.js'
import type { Provider } from '../provider.js'
import { type Claims, decodeClaims } from '../util/decode-claims.js'
import { ClaimError, isType, verifyJwt } from './verify-jwt.js'

export interface VerifyTokenOptions {
  /** Who the token has to be for (`aud`). Default: the option `audience`; without either, `azp` has to be us. */
  audience?: string
}

/**
 * Verifies an access token in JWT form (RFC 9068, and as Keycloak writes them): signature, issuer, times,
 * audience, and that it is an access token and no other. Gives its claims.
 *
 * Throws `token_invalid`, or a `ProviderError` when the keys can not be had.
 */
export async function verifyToken(
  provider: Provider,
  jwt: string,
  options: VerifyTokenOptions = {},
): Promise<Claims & JWTPayload> {
  const audience = options.audience ?? provider.settings.audience
  try {
    const { payload, protectedHeader } = await verifyJwt(
      provider,
      jwt,
      audience === undefined ? {} : { audience },
    )
    if (!isAccessToken(protectedHeader.typ, payload.typ)) throw new ClaimError(payload, 'typ')
    if (audience === undefined && !isForUs(payload, provider.clientId)) throw new ClaimError(payload, 'azp')
    return payload
  } catch (error) {
    if (error instanceof KeycloakError) throw error
    throw new TokenError('token_invalid', { cause: error })
  }
}

/** The claims of any JWT, unverified: to look at, not to believe. `undefined` for what is none. */
export function decodeToken(jwt: string): Claims | undefined {
  return decodeClaims(jwt)
}

/** RFC 9068 says in the header that it is one, Keycloak in the claims. */
function isAccessToken(header: string | undefined, claim: unknown): boolean {
  if (claim === undefined) return isType(header, 'at+jwt')
  return (claim === 'Bearer' || claim === 'DPoP') && isType(header, 'at+jwt', 'jwt', undefined)
}

/** Keycloak does not name the requesting client in `aud`, but in `azp`; others in `client_id`. */
function isForUs(payload: JWTPayload, clientId: string): boolean {
  return [payload.aud].flat().includes(clientId) || (payload.azp ?? payload.client_id) === clientId
}
