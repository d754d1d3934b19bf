import { KeycloakError, ProviderError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { COOL_DOWN, CoolDown } from '../../util/cool-down.js'
import { LruMap } from '../../util/lru-map.js'
import { sha256 } from '../../util/random.js'
import { weakCache } from '../../util/weak-cache.js'
import { isTransient } from '../provider/failure.js'

/** How many logins that pause are known at once, in memory: some 200 bytes each. */
const MAX_PAUSING = 10_000

/** So many logins fail one after the other, and no renewal succeeds between: then it is the provider that fails. */
const SEVERAL = 3

/**
 * Who is not renewed for some seconds, after a renewal failed: that login, and every login only when the provider
 * is away.
 */
class Pauses {
  readonly #now: () => number
  readonly #logins = new LruMap<CoolDown>(MAX_PAUSING)
  readonly #everybody: CoolDown
  readonly #failing = new Set<string>()
  /** Failures after which no login pauses, such as the store's: all who waited got the same one. */
  readonly #told = new WeakSet<KeycloakError>()

  constructor(now: () => number) {
    this.#now = now
    this.#everybody = new CoolDown(COOL_DOWN, now)
  }

  /** Seconds until a login may be renewed; 0: now. */
  remaining(login: string): number {
    return Math.max(this.#everybody.remaining, this.#logins.get(login)?.remaining ?? 0)
  }

  /** Tells whether that is news: of many requests that wait for one renewal, the first says so. */
  failed(login: string, error: unknown): boolean {
    if (!(error instanceof ProviderError)) return this.#isNew(error)
    const isNew = !this.#logins.get(login)?.active
    const pause = new CoolDown(COOL_DOWN, this.#now)
    pause.start()
    this.#logins.set(login, pause)
    this.#lookAtAll(login, error)
    return isNew
  }

  succeeded(login: string): void {
    this.#logins.delete(login)
    this.#failing.clear()
  }

  #lookAtAll(login: string, error: ProviderError): void {
    if (!mayMeetAll(error)) return
    this.#failing.add(login)
    if (error.reason !== 'no_answer' && this.#failing.size < SEVERAL) return
    this.#failing.clear()
    this.#everybody.start()
  }

  #isNew(error: unknown): boolean {
    if (!(error instanceof KeycloakError) || this.#told.has(error)) return false
    this.#told.add(error)
    return true
  }
}

/** Whether a failure may be every login's: the provider is in trouble, or does not know this client (any more). */
function mayMeetAll(error: ProviderError): boolean {
  return isTransient(error) || error.code === 'client_rejected'
}

const pausesOf = weakCache(({ settings }: Provider) => new Pauses(settings.now))

/** Seconds for which a login is not renewed, since a renewal failed a moment ago; 0 when it may be. */
export function pauseOf(provider: Provider, id: string): number {
  return pausesOf(provider).remaining(sha256(id))
}

/**
 * Renews a login unless it pauses, and has it pause when that fails for the provider's sake. Throws
 * `provider_unavailable` while it pauses, else what the renewal throws.
 *
 * @param onFailure learns of each failure once, however many wait for the renewal
 */
export async function pausing<T>(
  provider: Provider,
  id: string,
  renew: () => Promise<T>,
  onFailure: (error: unknown) => void,
): Promise<T> {
  const pauses = pausesOf(provider)
  const login = sha256(id)
  const retryAfter = pauses.remaining(login)
  if (retryAfter > 0) throw new ProviderError('provider_unavailable', { retryAfter })
  try {
    const renewed = await renew()
    pauses.succeeded(login)
    return renewed
  } catch (error) {
    if (pauses.failed(login, error)) onFailure(error)
    throw error
  }
}
