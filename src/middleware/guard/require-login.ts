import { checkOptions } from '../../check-options.js'
import { AccessError } from '../../errors.js'
import { askToLogIn } from '../../http/guard/ask-to-log-in.js'
import { type LoggedIn, loadedState, loginOf } from '../../http/guard/login-state.js'
import { pass } from '../../http/guard/pass.js'
import { demandOf, suffices } from '../../http/guard/suffices.js'
import { refused } from '../../http/refusal.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, callable, DAY, neverUndefined, oneOrMore, seconds, word } from '../../util/checks.js'

export interface RequireLoginOptions {
  /** Seconds since the user last proved who they are; older, and they have to do so again. At least 1. */
  maxAge?: number
  /** Authentication contexts, one of which the login must have reached (`acr` of the ID token). */
  acr?: string | readonly string[]
  /** Whether this user may pass: true, and nothing else, lets them. Whoever is not logged in is not asked about. */
  when?: (login: LoggedIn) => boolean | Promise<boolean>
}

const OPTIONS = {
  // With 0 every request would ask for the password again, the one after the password included.
  maxAge: neverUndefined(seconds(366 * DAY, { min: 1 })),
  acr: neverUndefined(oneOrMore(word)),
  when: neverUndefined(callable<NonNullable<RequireLoginOptions['when']>>()),
} satisfies Checks<RequireLoginOptions>

/**
 * Lets only logged-in users pass. Pass-through.
 *
 * Reads `ctx.state[name]`. A browser that wants a page goes to the login and comes back; anything else gets
 * `login_required` (401) with a JSON body, and leaves an event `access.refused`. A login that was bound
 * just now and is not there gets `login_lost`. What passes is `no-store` unless the application says otherwise. With
 * `maxAge` or `acr` a login that does not suffice is repeated
 * (OpenID Connect Core 1.0, `max_age` and `acr_values`); the callback refuses one that still does not.
 *
 * Throws `access_forbidden` (403) when `when` says no, what `when` throws, `piece_missing`; `invalid_options` when it is called.
 */
export function requireLogin(provider: Provider, options: RequireLoginOptions = {}): Middleware {
  checkProvider('requireLogin()', provider)
  const { when, ...asked } = checkOptions('requireLogin()', options, OPTIONS)
  const demand = demandOf(asked)
  return async function requireLogin(ctx, next) {
    const state = loadedState(provider, ctx, 'requireLogin')
    if (!state.loggedIn || !suffices(provider, loginOf(state).record, demand))
      return askToLogIn(provider, ctx, demand)
    if (when !== undefined && (await when(state)) !== true)
      throw refused(provider, 'access.refused', new AccessError('access_forbidden'))
    await pass(ctx, next)
  }
}
