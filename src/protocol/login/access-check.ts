import { createHash } from 'node:crypto'
import { decodeProtectedHeader, errors } from 'jose'
import { KeycloakError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import type { TokenSet } from '../../token.js'
import { decodeClaims } from '../../util/decode-claims.js'
import { verifyIssuedToken } from '../api/verify-token.js'
import { isClockDifference } from '../provider/verify-jwt.js'

/** What is known of an access token's owner. */
export interface AccessTokenOwner {
  /** The user whose login it is. */
  sub: string
  /** The verified ID token of the same answer: its `at_hash` is the access token's. */
  idToken?: string | undefined
}

/**
 * Looks once whether the access token that a login was given may be believed: `at_hash` where the ID token has one
 * (OpenID Connect Core 1.0, section 3.1.3.8), all that `verifyToken` looks at, and that it is this user's and was
 * issued to this client. The answer is kept with the tokens. Throws nothing: the login goes on without its roles.
 *
 * @param before the check of the tokens before: what could not be settled then, and can not now, is refused
 */
export async function checkAccessToken(
  provider: Provider,
  accessToken: string,
  { sub, idToken }: AccessTokenOwner,
  before?: TokenSet['accessCheck'],
): Promise<TokenSet['accessCheck']> {
  if (decodeClaims(accessToken) === undefined || !isNamedBy(idToken, accessToken)) return undefined
  try {
    const claims = await verifyIssuedToken(provider, accessToken)
    return claims.sub === sub ? 'passed' : undefined
  } catch (error) {
    if (error instanceof KeycloakError) return 'postponed'
    const mayPassLater = error instanceof errors.JWKSNoMatchingKey || isClockDifference(error)
    return mayPassLater && before !== 'postponed' ? 'postponed' : undefined
  }
}

/** Whether `at_hash` of an ID token is that access token's; so it is where there is none. */
function isNamedBy(idToken: string | undefined, accessToken: string): boolean {
  const expected = decodeClaims(idToken)?.at_hash
  if (idToken === undefined || expected === undefined) return true
  const hash = createHash(hashOf(decodeProtectedHeader(idToken).alg))
    .update(accessToken)
    .digest()
  return hash.subarray(0, hash.length / 2).toString('base64url') === expected
}

/** "the hash algorithm used in the alg Header Parameter": EdDSA of the curve Ed25519 uses SHA-512. */
function hashOf(alg = ''): string {
  return alg.startsWith('Ed') ? 'sha512' : `sha${alg.slice(-3)}`
}
