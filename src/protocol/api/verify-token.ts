import type { JWTPayload } from 'jose'
import { checkOptions } from '../../check-options.js'
import { KeycloakError, TokenError } from '../../errors.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, listOf, neverUndefined, oneOf, text } from '../../util/checks.js'
import { type Claims, decodeClaims } from '../../util/decode-claims.js'
import { ALGORITHMS, type SignatureAlgorithm } from '../../util/signature-algorithms.js'
import { ClaimError, isType, type VerifiedJwt, verifyJwt } from '../provider/verify-jwt.js'
import { keepClaims, knownClaims, verdictKey } from './verified-tokens.js'

export interface VerifyTokenOptions {
  /** Who the token has to be for (`aud`). Default: the option `audience`, else `resource`; without any, `azp` has to be us. */
  audience?: string
  /** Signature algorithms that are accepted. Default: all asymmetric ones; no others ever are. */
  algorithms?: readonly SignatureAlgorithm[]
}

/** What a verified token says. */
export type VerifiedClaims = Claims & JWTPayload

export const VERIFY_TOKEN_OPTIONS = {
  audience: neverUndefined(text),
  algorithms: neverUndefined(listOf(oneOf(...ALGORITHMS))),
} satisfies Checks<VerifyTokenOptions>

/**
 * Verifies an access token in JWT form (RFC 9068, and as Keycloak writes them): signature, issuer, times,
 * audience, and that it is an access token and no other. Gives its claims, frozen: whoever brings the same token
 * again is given the same ones.
 *
 * Throws `token_invalid`, a `ProviderError` when the keys can not be had, or `invalid_options`.
 */
export async function verifyToken(
  provider: Provider,
  jwt: string,
  options: VerifyTokenOptions = {},
): Promise<VerifiedClaims> {
  checkProvider('verifyToken()', provider)
  return verifyAccessToken(provider, jwt, checkOptions('verifyToken()', options, VERIFY_TOKEN_OPTIONS))
}

/** The same, with options that were checked before. */
export async function verifyAccessToken(
  provider: Provider,
  jwt: string,
  options: VerifyTokenOptions,
): Promise<VerifiedClaims> {
  const { audience = audienceOf(provider), algorithms } = options
  try {
    const key = verdictKey(jwt, { audience, algorithms })
    const known = await knownClaims(provider, key)
    return known ?? keepClaims(provider, key, await verifyAnew(provider, jwt, audience, algorithms))
  } catch (error) {
    if (error instanceof KeycloakError) throw error
    throw new TokenError('token_invalid', { cause: error })
  }
}

/** Who a token has to be for where nothing else is said: the option `audience`, else `resource`. */
export function audienceOf({ settings }: Provider): string | undefined {
  return settings.audience ?? settings.resource
}

/**
 * Verifies an access token that the token endpoint gave this client itself; whom else it is for does not matter.
 * Throws what jose throws, or a `ProviderError`.
 */
export async function verifyIssuedToken(provider: Provider, jwt: string): Promise<VerifiedClaims> {
  const { payload } = await verifyAnew(provider, jwt, undefined, undefined)
  const { azp, client_id } = payload
  if ((azp ?? client_id ?? provider.clientId) !== provider.clientId) throw new ClaimError(payload, 'azp')
  return payload
}

async function verifyAnew(
  provider: Provider,
  jwt: string,
  audience: string | undefined,
  algorithms: VerifyTokenOptions['algorithms'],
): Promise<VerifiedJwt> {
  const verified = await verifyJwt(provider, jwt, {
    ...(audience !== undefined && { audience }),
    ...(algorithms && { algorithms: [...algorithms] }),
  })
  const { payload, protectedHeader } = verified
  if (!isAccessToken(protectedHeader.typ, payload.typ)) throw new ClaimError(payload, 'typ')
  if (audience === undefined && !isForUs(payload, provider.clientId)) throw new ClaimError(payload, 'azp')
  return verified
}

/** The claims of any JWT, unverified: to look at, not to believe. `undefined` for whatever is no JWT. */
export function decodeToken(jwt: string): Claims | undefined {
  return typeof jwt === 'string' ? decodeClaims(jwt) : undefined
}

/** RFC 9068 says in the header that it is one, Keycloak in the claims. */
function isAccessToken(header: string | undefined, claim: unknown): boolean {
  if (claim === undefined) return isType(header, 'at+jwt')
  return (claim === 'Bearer' || claim === 'DPoP') && isType(header, 'at+jwt', 'jwt', undefined)
}

/** Keycloak does not name the requesting client in `aud`, but in `azp`; others in `client_id`. */
export function isForUs({ aud, azp, client_id }: JWTPayload, clientId: string): boolean {
  return (Array.isArray(aud) ? aud.includes(clientId) : aud === clientId) || (azp ?? client_id) === clientId
}
