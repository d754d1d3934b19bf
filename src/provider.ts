import { inspect } from 'node:util'
import type { ProviderOptions } from './options.js'
import { resolveOptions, type Settings } from './options.js'
import { Logins } from './store/logins.js'
import { memoryStore } from './store/memory-store.js'
import { isRedisLike } from './store/redis-client.js'
import { redisStore } from './store/redis-store.js'
import { reliableStore } from './store/reliable-store.js'
import { isStore, type Store } from './store/store.js'
import type { TokenSet } from './token.js'
import { type BoundedFetch, boundedFetch } from './util/bounded-fetch.js'
import { CoolDown } from './util/cool-down.js'
import { LruMap } from './util/lru-map.js'
import { sha256 } from './util/random.js'
import { StaleCache } from './util/stale-cache.js'
import { version } from './version.js'

/** Seconds that a broken or absent provider is left alone before it is asked again. */
const COOL_DOWN = 5

/** No answer of a provider is larger; in bytes. */
const MAX_BYTES = 1_000_000

/** How many access tokens are remembered as verified: some 3 KB of memory each. */
const MAX_VERIFIED = 2000

/** How many tokens of the application itself are kept, each for other scopes. */
const MAX_CLIENT_TOKENS = 100

/**
 * One client at one OpenID provider, with everything about it that outlives a request: settings, fetched
 * documents, logins. Give it to the pieces; its members are theirs and may change.
 */
export class Provider {
  readonly name: string
  readonly clientId: string
  /** Option values with defaults; hidden from inspection, since a secret is among them. */
  declare readonly settings: Settings
  declare readonly fetch: BoundedFetch
  declare readonly logins: Logins
  declare readonly metadata: StaleCache<unknown>
  declare readonly keys: StaleCache<unknown>
  /** Access tokens that were verified, by their hash and what was asked of them. */
  declare readonly verified: LruMap<object>
  /** Tokens of the application itself, by their scopes. */
  declare readonly clientTokens: LruMap<Promise<TokenSet>>
  /** Runs after the token endpoint failed to renew: nobody else waits for it meanwhile. */
  declare readonly renewalCoolDown: CoolDown

  constructor(options: ProviderOptions) {
    const settings = resolveOptions(options)
    const { now, timeout, configurationMaxAge, keysMaxAge } = settings
    this.name = settings.name
    this.clientId = settings.clientId
    const hidden = {
      settings,
      fetch: boundedFetch(settings.fetch ?? ((url, request) => fetch(url, request)), {
        timeout,
        maxBytes: MAX_BYTES,
        userAgent: settings.userAgent ?? `koa-keycloak/${version}`,
      }),
      logins: new Logins(reliableStore(storeOf(settings), settings.storeTimeout), {
        space: spaceOf(settings),
        now,
        clockTolerance: settings.clockTolerance,
        // One call for the tokens, one for a key that is new, and what is read and written, the lock itself too.
        lockTtl: 2 * timeout + 5 * settings.storeTimeout,
      }),
      metadata: new StaleCache<unknown>({ maxAge: configurationMaxAge, coolDown: COOL_DOWN, now }),
      keys: new StaleCache<unknown>({ maxAge: keysMaxAge, coolDown: COOL_DOWN, now }),
      verified: new LruMap(MAX_VERIFIED),
      clientTokens: new LruMap(MAX_CLIENT_TOKENS),
      renewalCoolDown: new CoolDown(COOL_DOWN, now),
    }
    for (const [key, value] of Object.entries(hidden)) Object.defineProperty(this, key, { value })
  }

  [inspect.custom](): string {
    return `Provider { name: ${inspect(this.name)}, clientId: ${inspect(this.clientId)} }`
  }
}

/** One client at one OpenID provider. Throws `invalid_options`; asks nobody anything yet. */
export function createProvider(options: ProviderOptions): Provider {
  return new Provider(options)
}

/** A `Store` first: one that has a Redis `client` of its own is not to be passed over. */
function storeOf({ store, now }: Settings): Store {
  if (isStore(store)) return store
  if (isRedisLike(store)) return redisStore(store)
  if (process.env.NODE_ENV === 'production') {
    process.emitWarning(
      'Logins are kept in the memory of this process: they end with it, and other processes do not know them. Give koa-keycloak a `store`.',
      { code: 'KOA_KEYCLOAK_MEMORY_STORE' },
    )
  }
  return memoryStore({ now })
}

/** Same for every process of an application, other for every other client, realm or name in the same store. */
function spaceOf({ name, clientId, issuer, configuration }: Settings): string {
  const source = issuer ?? (typeof configuration === 'string' ? configuration : configuration.issuer)
  const realm = String(source)
    .replace(/\/\.well-known\/.*$/, '')
    .replace(/\/$/, '')
  return sha256(JSON.stringify([name, clientId, realm])).slice(0, 16)
}
