import type { JWTPayload } from 'jose'
import type { Provider } from '../../provider/provider.js'
import { deepFreeze } from '../../util/deep-freeze.js'
import { LruMap } from '../../util/lru-map.js'
import { sha256 } from '../../util/random.js'
import { weakCache } from '../../util/weak-cache.js'
import { discover } from '../provider/discover.js'
import { keysFingerprint } from '../provider/keys.js'
import type { VerifiedJwt } from '../provider/verify-jwt.js'

/** How many access tokens are remembered as verified: some 3 KB of memory each. */
const MAX_VERIFIED = 2000

const verdictsOf = weakCache((_: Provider) => new LruMap<Verdict>(MAX_VERIFIED))

/** What was found out about a token, with when and by which keys. */
interface Verdict {
  payload: JWTPayload
  /** Fingerprint of the keys that it was verified with. */
  keys: string | undefined
  /** In seconds since the epoch. */
  verifiedAt: number
}

/** Under which a token's claims are kept: its hash, so that no token can be found there, and what is asked of it. */
export function verdictKey(jwt: string, asked: object): string {
  return sha256(jwt) + JSON.stringify(asked)
}

/**
 * The claims of a token that was verified before, for who asks the same of it; `undefined` when it has to be
 * verified (again): it expired, the provider's keys are no longer those, or nobody remembers.
 */
export async function knownClaims(provider: Provider, key: string): Promise<JWTPayload | undefined> {
  const verdict = verdictsOf(provider).get(key)
  if (!verdict) return undefined
  if ((await isOfProvider(provider, verdict)) && isTimely(provider, verdict)) return verdict.payload
  verdictsOf(provider).delete(key)
  return undefined
}

/** Keeps the claims of a token that was verified, and gives them; from now on nobody can change them. */
export function keepClaims(provider: Provider, key: string, { payload, keys }: VerifiedJwt): JWTPayload {
  deepFreeze(payload)
  verdictsOf(provider).set(key, { payload, keys, verifiedAt: provider.settings.now() })
  return payload
}

/** What has begun stays begun (`nbf`, `iat`), unless the clock was set back since. */
function isTimely({ settings }: Provider, { payload, verifiedAt }: Verdict): boolean {
  const now = settings.now()
  return now >= verifiedAt && Number(payload.exp) > now - settings.clockTolerance
}

async function isOfProvider(provider: Provider, { payload, keys }: Verdict): Promise<boolean> {
  const { issuer } = await discover(provider)
  return payload.iss === issuer && keys === (await keysFingerprint(provider))
}

/** How many tokens of a provider are remembered; for tests. */
export function rememberedTokens(provider: Provider): number {
  return verdictsOf(provider).size
}
