import { ProviderError } from '../../errors.js'
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

  constructor(now: () => number) {
    this.#now = now
    this.#everybody = new CoolDown(COOL_DOWN, now)
  }

  /** Seconds until a login may be renewed; 0: now. */
  remaining(login: string): number {
    return Math.max(this.#everybody.remaining, this.#logins.get(login)?.remaining ?? 0)
  }

  failed(login: string, error: ProviderError): void {
    const pause = new CoolDown(COOL_DOWN, this.#now)
    pause.start()
    this.#logins.set(login, pause)
    if (!mayMeetAll(error)) return
    this.#failing.add(login)
    if (error.reason !== 'no_answer' && this.#failing.size < SEVERAL) return
    this.#failing.clear()
    this.#everybody.start()
  }

  succeeded(login: string): void {
    this.#logins.delete(login)
    this.#failing.clear()
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
 */
export async function pausing<T>(provider: Provider, id: string, renew: () => Promise<T>): Promise<T> {
  const pauses = pausesOf(provider)
  const login = sha256(id)
  const retryAfter = pauses.remaining(login)
  if (retryAfter > 0) throw new ProviderError('provider_unavailable', { retryAfter })
  try {
    const renewed = await renew()
    pauses.succeeded(login)
    return renewed
  } catch (error) {
    if (error instanceof ProviderError) pauses.failed(login, error)
    throw error
  }
}
