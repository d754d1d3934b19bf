import {
  errors,
  type JWTPayload,
  type JWTVerifyGetKey,
  type JWTVerifyOptions,
  type JWTVerifyResult,
  jwtVerify,
} from 'jose'
import type { Provider } from '../../provider/provider.js'
import { ALGORITHMS, type SignatureAlgorithm } from '../../util/signature-algorithms.js'
import { discover } from './discover.js'
import { providerKeys } from './keys.js'

/** What of a JWT was verified, and with which of the provider's keys. */
export interface VerifiedJwt extends JWTVerifyResult {
  /** Their fingerprint. */
  keys: string | undefined
}

/** Thrown by our own checks of claims; like jose's errors it means that the token is not to be believed. */
export class ClaimError extends errors.JWTClaimValidationFailed {
  constructor(payload: JWTPayload, claim: string) {
    super(`unexpected "${claim}" claim value`, payload, claim, 'check_failed')
  }
}

/**
 * Verifies a JWT of the provider's: signature by one of its keys and an asymmetric algorithm, exact issuer, and
 * times; `exp` (unless `options.requiredClaims` says otherwise) and `iat` have to be there, and `iat` not to be
 * in the future.
 *
 * Throws what jose throws, or a `ProviderError` when the keys can not be had.
 */
export async function verifyJwt(
  provider: Provider,
  jwt: string,
  options: JWTVerifyOptions = {},
): Promise<VerifiedJwt> {
  const { issuer } = await discover(provider)
  const { clockTolerance, now } = provider.settings
  const checks: JWTVerifyOptions = {
    requiredClaims: ['exp', 'iat'],
    ...options,
    algorithms: ALGORITHMS.filter(name => options.algorithms?.includes(name) ?? true),
    issuer,
    clockTolerance,
    currentDate: new Date(now() * 1000),
  }
  const keys = providerKeys(provider)
  const result = await verifyWithAnyKey(jwt, keys.find, checks)
  if ((result.payload.iat ?? 0) > now() + clockTolerance) throw new ClaimError(result.payload, 'iat')
  return { ...result, keys: keys.fingerprint }
}

/** The signature algorithm that ID and logout tokens have to have, where the registered one is given. */
export function registeredAlgorithm({ settings }: Provider): { algorithms?: SignatureAlgorithm[] } {
  return settings.idTokenAlg === undefined ? {} : { algorithms: [settings.idTokenAlg] }
}

/** Whether the header's `typ` is one of these media types, compared as RFC 7515 section 4.1.9 says. */
export function isType(typ: string | undefined, ...expected: (string | undefined)[]): boolean {
  return expected.includes(typ?.toLowerCase().replace(/^application\//, ''))
}

/** A token without `kid` may fit several keys; one of them has to have signed it. */
async function verifyWithAnyKey(jwt: string, key: JWTVerifyGetKey, checks: JWTVerifyOptions) {
  try {
    return await jwtVerify(jwt, key, checks)
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error
    for await (const candidate of error) {
      try {
        return await jwtVerify(jwt, candidate, checks)
      } catch (failure) {
        if (!(failure instanceof errors.JWSSignatureVerificationFailed)) throw failure
      }
    }
    throw new errors.JWSSignatureVerificationFailed()
  }
}

/** Whether a verification failed for times alone, as it does where the clocks differ. */
export function isClockDifference(error: unknown): boolean {
  if (error instanceof errors.JWTExpired) return true
  return error instanceof errors.JWTClaimValidationFailed && ['iat', 'nbf'].includes(error.claim)
}
