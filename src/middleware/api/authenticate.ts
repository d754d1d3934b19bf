import { checkOptions } from '../../check-options.js'
import {
  admitToken,
  BEARER_OPTIONS,
  type BearerOptions,
  bringsToken,
  challengesOf,
} from '../../http/api/bearer-token.js'
import { enforce } from '../../http/api/resource.js'
import { askToLogIn } from '../../http/guard/ask-to-log-in.js'
import { leaveLogin, loadedState, loginOf } from '../../http/guard/login-state.js'
import { pass } from '../../http/guard/pass.js'
import { demandOf, suffices } from '../../http/guard/suffices.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'

/**
 * Lets requests pass that bring a valid access token, and requests of a logged-in user: for a route that programs
 * and pages both use. Pass-through.
 *
 * A request that brings a token is the token's alone: a bad one is refused whatever the cookie says, and with a good
 * one nobody is logged in. Reads the `Authorization` header and `ctx.state[name]`; writes `ctx.state[name].bearer`
 * for a token. `audience`, `algorithms` and `scopes` are asked of a token, `acr` and `maxAge` of either. Against
 * requests that other sites forge, `sameOrigin` stands before it.
 *
 * Throws and answers as `bearer` does for a token, else as `requireLogin` does, with a challenge for either. Throws
 * `piece_missing`; `invalid_options` when it is called.
 */
export function authenticate(provider: Provider, options: BearerOptions = {}): Middleware {
  checkProvider('authenticate()', provider)
  const asked = checkOptions('authenticate()', options, BEARER_OPTIONS)
  const demand = demandOf(asked)
  enforce(provider, asked.scopes)
  return async function authenticate(ctx, next) {
    const state = loadedState(provider, ctx, 'authenticate')
    if (bringsToken(ctx)) {
      leaveLogin(provider, ctx)
      if (await admitToken(provider, ctx, asked)) await pass(ctx, next)
    } else if (state.loggedIn && suffices(provider, loginOf(state).record, demand)) {
      await pass(ctx, next)
    } else {
      await askToLogIn(provider, ctx, demand, challengesOf(provider, asked))
    }
  }
}
