import { setTimeout as delay } from 'node:timers/promises'
import { createLocalJWKSet, errors, type JWK, type JWTVerifyGetKey } from 'jose'
import { ProviderError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { COOL_DOWN } from '../../util/cool-down.js'
import { isObject } from '../../util/kind-of.js'
import { sha256 } from '../../util/random.js'
import { StaleCache } from '../../util/stale-cache.js'
import { weakCache } from '../../util/weak-cache.js'
import { discover } from './discover.js'
import { fetchJson } from './fetch-json.js'

const keysOf = weakCache((provider: Provider) => {
  const { keysMaxAge, now } = provider.settings
  return new StaleCache<KeySet>({ maxAge: keysMaxAge, coolDown: COOL_DOWN, now })
})

/** A search for the key of one token. */
export interface KeySearch {
  find: JWTVerifyGetKey
  /** Of the keys that were searched last. */
  fingerprint: string | undefined
}

/**
 * The provider's signing keys (RFC 7517), fetched once for all who ask and read anew after `keysMaxAge`. A key
 * that is not among them makes for one more fetch, once per cool-down: that is how a rotation is noticed.
 *
 * A key in a token's header (`jwk`, `jku`, `x5u`) is never looked at.
 */
export function providerKeys(provider: Provider): KeySearch {
  const search: KeySearch = {
    fingerprint: undefined,
    async find(header, token) {
      try {
        return await findIn(await presentKeys(provider))
      } catch (error) {
        if (!(error instanceof errors.JWKSNoMatchingKey)) throw error
        return findIn(await newerKeys(provider))
      }

      function findIn({ find, fingerprint }: KeySet) {
        search.fingerprint = fingerprint
        return find(header, token)
      }
    },
  }
  return search
}

/** Tells the present keys from others: none has come or gone while it is the same. */
export async function keysFingerprint(provider: Provider): Promise<string> {
  return (await presentKeys(provider)).fingerprint
}

/** Seconds that a token waits for the end of the pause, after which its key may be found. */
const LONGEST_WAIT = 2

/**
 * The keys as they are now. In the pause after a look at them, a key that is not there is not known yet: the token
 * waits for the next look where that is near. Throws `provider_unavailable`, with the time to come again, where it
 * is not: whether the token is good is not settled then.
 */
async function newerKeys(provider: Provider): Promise<KeySet> {
  const cache = keysOf(provider)
  const { loads, pause } = cache
  if (pause > 0 && pause <= LONGEST_WAIT) await delay(pause * 1000)
  if (cache.loads > loads) return presentKeys(provider)
  if (cache.pause > 0) throw new ProviderError('provider_unavailable', { retryAfter: cache.pause })
  return cache.reload(() => loadKeys(provider))
}

interface KeySet {
  find: JWTVerifyGetKey
  fingerprint: string
}

async function presentKeys(provider: Provider): Promise<KeySet> {
  return keysOf(provider).get(() => loadKeys(provider))
}

async function loadKeys(provider: Provider): Promise<KeySet> {
  const { jwks_uri } = await discover(provider)
  const document = await fetchJson(provider, jwks_uri)
  if (!isObject(document) || !Array.isArray(document.keys))
    throw new ProviderError('provider_response_invalid')
  // Keycloak lists its encryption keys too; those sign nothing.
  const keys = document.keys.filter(key => isObject(key) && key.use !== 'enc') as JWK[]
  return { find: createLocalJWKSet({ keys }), fingerprint: sha256(JSON.stringify(keys)) }
}
