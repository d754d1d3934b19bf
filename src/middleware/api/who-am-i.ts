import { checkOptions } from '../../check-options.js'
import { isLoaded, loginOf, stateOf } from '../../http/guard/login-state.js'
import { publicPath } from '../../http/public-address.js'
import { loginIdIn } from '../../http/session.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type LoginRecord, remainingLife } from '../../store/login-record.js'
import { type Checks, listOf, text, withDefault } from '../../util/checks.js'
import { decodeClaims } from '../../util/decode-claims.js'

export interface WhoAmIOptions {
  /** Claims of the ID token that the page may know. By default `sub`, the names, `email`, `picture` and `locale`. */
  claims?: readonly string[]
}

const OPTIONS = {
  claims: withDefault(listOf(text), [
    'sub',
    'name',
    'preferred_username',
    'given_name',
    'family_name',
    'email',
    'email_verified',
    'picture',
    'locale',
  ]),
} satisfies Checks<WhoAmIOptions>

/**
 * Tells a page's own code who is logged in, as JSON. Terminal; 200 also for nobody.
 *
 * `{ loggedIn, user, expiresIn, login, logout }`: the chosen claims, seconds until the login ends unless it is
 * used, paths of the routes. Laid before `routes()` it neither renews a token nor lengthens a login, however often a page asks:
 * it reads the session and the store, and writes nothing. Behind `routes()`, which renews, it tells what that found.
 *
 * Throws `session_missing`, `store_unavailable` (503); `invalid_options` when it is called.
 */
export function whoAmI(provider: Provider, options: WhoAmIOptions = {}): Middleware {
  checkProvider('whoAmI()', provider)
  const { claims } = checkOptions('whoAmI()', options, OPTIONS)
  return async function whoAmI(ctx) {
    const record = await recordOf(provider, ctx)
    ctx.set('Cache-Control', 'no-store')
    ctx.vary('Cookie')
    ctx.body = record
      ? { loggedIn: true, ...about(provider, record, claims), ...routesOf(provider) }
      : { loggedIn: false, ...routesOf(provider) }
  }
}

async function recordOf(provider: Provider, ctx: Context): Promise<LoginRecord | undefined> {
  if (isLoaded(provider, ctx)) {
    const state = stateOf(provider, ctx)
    return state.loggedIn ? loginOf(state).record : undefined
  }
  const id = loginIdIn(provider, ctx)
  return id === undefined ? undefined : provider.logins.read(id)
}

function about(provider: Provider, record: LoginRecord, claims: readonly string[]): object {
  const all = Object.entries(decodeClaims(record.tokens.idToken) ?? {})
  return {
    user: Object.fromEntries(all.filter(([name]) => claims.includes(name))),
    expiresIn: Math.max(0, Math.floor(remainingLife(record, provider.settings.now()))),
  }
}

function routesOf(provider: Provider): object {
  const { routes } = provider.settings
  return {
    ...(routes.login !== false && { login: publicPath(provider, 'login') }),
    ...(routes.logout !== false && { logout: publicPath(provider, 'logout') }),
  }
}
