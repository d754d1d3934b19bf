import { checkOptions } from '../../check-options.js'
import { askToLogIn } from '../../http/guard/ask-to-log-in.js'
import { type LoggedIn, loadedState, loginOf } from '../../http/guard/login-state.js'
import { pass } from '../../http/guard/pass.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, DAY, neverUndefined, oneOrMore, seconds, word } from '../../util/checks.js'

export interface RequireLoginOptions {
  /** Seconds since the user last proved who they are; older, and they have to do so again. At least 1. */
  maxAge?: number
  /** Authentication contexts, one of which the login must have reached (`acr` of the ID token). */
  acr?: string | readonly string[]
}

const OPTIONS = {
  // With 0 every request would ask for the password again, the one after the password included.
  maxAge: neverUndefined(seconds(366 * DAY, { min: 1 })),
  acr: neverUndefined(oneOrMore(word)),
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
 * Throws `piece_missing`; `invalid_options` when it is called.
 */
export function requireLogin(provider: Provider, options: RequireLoginOptions = {}): Middleware {
  checkProvider('requireLogin()', provider)
  const { maxAge, acr } = checkOptions('requireLogin()', options, OPTIONS)
  const contexts = acr === undefined ? undefined : [acr].flat()
  return async function requireLogin(ctx, next) {
    const state = loadedState(provider, ctx, 'requireLogin')
    if (state.loggedIn && suffices(provider, state, maxAge, contexts)) return pass(ctx, next)
    await askToLogIn(provider, ctx, {
      ...(maxAge !== undefined && { maxAge }),
      ...(contexts && { acr: contexts }),
    })
  }
}

function suffices(
  provider: Provider,
  login: LoggedIn,
  maxAge?: number,
  contexts?: readonly string[],
): boolean {
  const { acr = '', authTime } = loginOf(login).record
  if (contexts && !contexts.includes(acr)) return false
  if (maxAge === undefined) return true
  const { now, clockTolerance } = provider.settings
  return authTime !== undefined && now() - authTime <= maxAge + clockTolerance
}
