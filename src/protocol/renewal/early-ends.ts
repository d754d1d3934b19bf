import { tell } from '../../events.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { weakCache } from '../../util/weak-cache.js'

/** So many sessions ended one by one and without a logout request say that none will come. */
const MISSING = 5

/** How many sessions are waited for at once; the oldest goes. */
const MAX_PENDING = 50

/** A session that ended between two moments, in seconds since the epoch. */
interface EarlyEnd {
  aliveAt: number
  foundAt: number
}

/**
 * The sessions that the provider ended early, and of which a renewal was the first to tell.
 *
 * "Sign out all active sessions" ends every session at one moment, and by design nobody is told. So a session counts
 * only when another one, which was there before and is no offline session, goes on after it.
 */
class EarlyEnds {
  readonly #pending = new Map<string, EarlyEnd>()
  #count = 0
  #isOver = false

  /** A logout request has come: the provider does send them. */
  requestCame(): void {
    this.#isOver = true
    this.#pending.clear()
  }

  ended(sid: string, end: EarlyEnd): void {
    if (this.#isOver) return
    this.#pending.set(sid, end)
    for (const oldest of this.#pending.keys()) {
      if (this.#pending.size <= MAX_PENDING) break
      this.#pending.delete(oldest)
    }
  }

  /** A session that began then goes on now; tells, once, when too many others have ended meanwhile. */
  goesOn(startedAt: number, now: number): boolean {
    for (const [sid, { aliveAt, foundAt }] of this.#pending) {
      if (startedAt > aliveAt || now < foundAt) continue
      this.#pending.delete(sid)
      this.#count += 1
    }
    if (this.#isOver || this.#count < MISSING) return false
    this.requestCame()
    return true
  }
}

const earlyEndsOf = weakCache<Provider, EarlyEnds>(() => new EarlyEnds())

/** The provider has sent a logout request: from now on nothing is missing. */
export function logoutRequestCame(provider: Provider): void {
  earlyEndsOf(provider).requestCame()
}

/** A renewal learns that the session of a login has ended, though its refresh token would have lived on. */
export function sessionEnded(provider: Provider, { sid, tokens }: LoginRecord): void {
  const { routes, now } = provider.settings
  if (sid === undefined || routes.logoutRequest === false || isOffline(tokens.scope)) return
  earlyEndsOf(provider).ended(sid, { aliveAt: tokens.receivedAt, foundAt: now() })
}

/** A renewal succeeds: what ended before did so alone. */
export function sessionGoesOn(provider: Provider, { startedAt, tokens }: LoginRecord): void {
  if (isOffline(tokens.scope)) return
  if (earlyEndsOf(provider).goesOn(startedAt, provider.settings.now())) tellMissing(provider)
}

function tellMissing(provider: Provider): void {
  const address = logoutRequestAddress(provider)
  tell(provider.name, 'logout_requests.missing', () => ({ ended: MISSING, address }))
  process.emitWarning(
    `Keycloak ended ${MISSING} sessions one by one, and has sent this process no logout request, so that their users stayed logged in here until a renewal. In Keycloak, Clients, ${provider.clientId}, Settings, Logout settings: Front channel logout has to be Off, and Backchannel logout URL the address of ${address} as Keycloak's machine reaches it.`,
    { code: 'KOA_KEYCLOAK_LOGOUT_REQUESTS_MISSING' },
  )
}

/** As far as it is known without a request. */
function logoutRequestAddress({ settings }: Provider): string {
  const { baseUrl = '', prefix, routes } = settings
  return `${baseUrl.replace(/\/$/, '')}${prefix}${routes.logoutRequest}`
}

function isOffline(scope: readonly string[]): boolean {
  return scope.includes('offline_access')
}
