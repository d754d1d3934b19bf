import type { Provider } from '../../provider/provider.js'

/** How strong, or how recent, a proof of who the user is has to be. */
export interface Demand {
  /** Seconds since the user proved who they are, at most. */
  maxAge?: number
  /** Authentication contexts, one of which has to be reached. */
  acr?: readonly string[]
}

/** What the options of a guard demand, in which one context may stand alone. */
export function demandOf({ maxAge, acr }: { maxAge?: number; acr?: string | readonly string[] }): Demand {
  return { ...(maxAge !== undefined && { maxAge }), ...(acr !== undefined && { acr: [acr].flat() }) }
}

/** How the user proved who they are: `acr` and `auth_time` (OpenID Connect Core 1.0, section 2). */
export interface Authentication {
  acr?: unknown
  authTime?: unknown
}

/** Whether a proof satisfies a demand. One that says nothing of itself satisfies none. */
export function suffices({ settings }: Provider, { acr, authTime }: Authentication, asked: Demand): boolean {
  if (asked.acr && !asked.acr.some(context => context === acr)) return false
  if (asked.maxAge === undefined) return true
  return typeof authTime === 'number' && settings.now() - authTime <= asked.maxAge + settings.clockTolerance
}
