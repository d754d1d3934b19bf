import { inspect } from 'node:util'
import { loginFacts, tell, traced } from '../events.js'
import type { ProviderOptions } from '../options.js'
import { resolveOptions, type Settings } from '../options.js'
import { Logins } from '../store/logins.js'
import { memoryStore } from '../store/memory-store.js'
import { isRedisLike } from '../store/redis-client.js'
import { redisStore } from '../store/redis-store.js'
import { reliableStore } from '../store/reliable-store.js'
import { isStore, type Store } from '../store/store.js'
import { type BoundedFetch, boundedFetch } from '../util/bounded-fetch.js'
import { version } from '../version.js'
import { evictionWatch } from './eviction-watch.js'
import { type Health, healthOf, watchedFetch } from './health.js'
import { expectedIssuers, keySpace } from './realm.js'

/** No answer of a provider is larger; in bytes. */
const MAX_BYTES = 1_000_000

/**
 * One client at one OpenID provider: its settings, the way to ask it, and its logins. Give it to the pieces; its
 * members are theirs and may change. What a file keeps of a provider for longer than a request, it keeps itself.
 */
export class Provider {
  readonly #settings: Settings
  readonly #fetch: BoundedFetch
  readonly #logins: Logins
  readonly #health: Health
  #issuers: readonly string[] | undefined

  constructor(options: ProviderOptions) {
    const settings = resolveOptions(options)
    const { timeout, storeTimeout } = settings
    this.#settings = settings
    this.#health = healthOf(settings)
    this.#fetch = watchedFetch(
      settings,
      this.#health.provider,
      boundedFetch(settings.fetch ?? ((url, request) => fetch(url, request)), {
        timeout,
        maxBytes: MAX_BYTES,
        userAgent: settings.userAgent ?? `koa-keycloak/${version}`,
      }),
    )
    const store = storeOf(settings)
    this.#logins = new Logins(
      reliableStore(store, storeTimeout, {
        health: this.#health.store,
        call: (operation, call) => traced('store', () => ({ provider: settings.name, operation }), call),
        onAnswer: evictionWatch(settings, store),
      }),
      {
        space: () => keySpace(settings, this.issuers[0] ?? ''),
        isOwn: issuer => this.issuers.includes(issuer),
        onEnded: (id, record, reason) =>
          tell(settings.name, 'login.ended', () => ({ ...loginFacts(id, record), reason })),
        onRenewed: (id, record, seconds) =>
          tell(settings.name, 'renewal', () => ({ ...loginFacts(id, record), seconds })),
        now: settings.now,
        clockTolerance: settings.clockTolerance,
        logoutMemory: settings.logoutMemory,
        liveCheck: settings.liveCheck,
        sealTokens: settings.sealTokens,
        // One call for the tokens, one for a key that is new, with the wait for it, and what is read and written, the
        // lock itself too.
        lockTtl: 2 * timeout + 2 + 6 * storeTimeout,
      },
    )
  }

  /** Tells several providers apart. */
  get name(): string {
    return this.#settings.name
  }
  get clientId(): string {
    return this.#settings.clientId
  }
  /** Option values with defaults; a secret is among them, and so they do not show when a provider is printed. */
  get settings(): Settings {
    return this.#settings
  }
  /** Asks the provider, within bounds. */
  get fetch(): BoundedFetch {
    return this.#fetch
  }
  get logins(): Logins {
    return this.#logins
  }
  /** What has been seen of the provider and of the store. */
  get health(): Health {
    return this.#health
  }
  /** The spellings in which this realm may name itself. Throws `metadata_not_found` for a file that is not there. */
  get issuers(): readonly string[] {
    this.#issuers ??= expectedIssuers(this.#settings)
    return this.#issuers
  }

  toJSON(): object {
    return { name: this.name, clientId: this.clientId }
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
