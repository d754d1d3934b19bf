import { checkOptions } from '../../check-options.js'
import { ProviderError } from '../../errors.js'
import { loadedState } from '../../http/guard/login-state.js'
import { pass } from '../../http/guard/pass.js'
import { beginLogin } from '../../http/login/begin-login.js'
import { expectTries, markTried, wasTried } from '../../http/login/tried.js'
import { pageAsked, publicOrigin } from '../../http/public-address.js'
import { isVisit } from '../../http/request.js'
import type { Context, Middleware } from '../../http/types.js'
import { discover } from '../../protocol/provider/discover.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, DAY, seconds } from '../../util/checks.js'
import { redirectTarget } from '../../util/redirect-target.js'

export interface TryLoginOptions {
  /** Seconds after which a visitor is asked after once more, at least 60. Default: once a session of the browser. */
  every?: number
}

const OPTIONS = { every: seconds(366 * DAY, { min: 60 }) } satisfies Checks<TryLoginOptions>

/**
 * Logs a visitor in whom the provider knows already, without a question (OpenID Connect Core 1.0, section 3.1.2.1,
 * `prompt=none`), and lets everybody pass. Pass-through, but for the first visit of a browser, which goes to the
 * provider and comes back, with a login or without.
 *
 * Reads `ctx.state[name]`. Sets the cookie of this login, and one that says that the provider was asked; a logout
 * sets that too. Asks for navigations by GET only; for anything else, for an address that is too long to come back
 * to, and while the provider is away the request passes as it comes.
 *
 * Throws `piece_missing`, `keys_missing`, `insecure_transport`; `invalid_options` when it is called.
 */
export function tryLogin(provider: Provider, options: TryLoginOptions = {}): Middleware {
  checkProvider('tryLogin()', provider)
  const { every } = checkOptions('tryLogin()', options, OPTIONS)
  expectTries(provider)
  return async function tryLogin(ctx, next) {
    if (loadedState(provider, ctx, 'tryLogin').loggedIn) return pass(ctx, next)
    const isAsked = isVisit(ctx) && !wasTried(provider, ctx) && (await ask(provider, ctx, every))
    if (!isAsked) await next()
  }
}

/** Tells whether the browser is on its way to the provider. */
async function ask(provider: Provider, ctx: Context, every?: number): Promise<boolean> {
  const returnTo = redirectTarget(pageAsked(provider, ctx), publicOrigin(provider, ctx), [])
  if (returnTo === undefined) return false
  const wasDown = isDown(provider)
  try {
    await discover(provider)
    if (isDown(provider)) return false
    await beginLogin(provider, ctx, { returnTo, params: { prompt: 'none' } })
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error
    if (!wasDown) ctx.app.emit('error', error, ctx)
    return false
  }
  markTried(provider, ctx, every)
  return true
}

/** A visitor who is sent to a provider that is away would see a page of the browser's in place of this one. */
function isDown({ health }: Provider): boolean {
  return health.provider.sighting.state === 'down'
}
