import { AccessError } from '../errors.js'
import { beginLogin } from '../http/begin-login.js'
import { type LoggedIn, loadedState } from '../http/login-state.js'
import { homePath, publicOrigin, publicPath } from '../http/public-address.js'
import { isNavigation } from '../http/request.js'
import type { Context, Middleware } from '../http/types.js'
import type { Provider } from '../provider.js'
import { invalid } from '../settings.js'
import { redirectTarget } from '../util/redirect-target.js'

export interface RequireLoginOptions {
  /** Seconds since the user last proved who they are; older, and they have to do so again. At least 1. */
  maxAge?: number
  /** Authentication contexts, one of which the login must have reached (`acr` of the ID token). */
  acr?: string | readonly string[]
}

/**
 * Lets only logged-in users pass. Pass-through.
 *
 * Reads `ctx.state[name]`. A browser that wants a page goes to the login and comes back; anything else gets
 * `login_required` (401) with a JSON body. With `maxAge` or `acr` a login that does not suffice is repeated
 * (OpenID Connect Core 1.0, `max_age` and `acr_values`); the callback refuses one that still does not.
 *
 * Throws `login_required`, `piece_missing`.
 */
export function requireLogin(provider: Provider, options: RequireLoginOptions = {}): Middleware {
  const { maxAge, acr } = options
  const contexts = acr === undefined ? undefined : [acr].flat()
  // With 0 every request would ask for the password again, the one after the password included.
  if (maxAge !== undefined && !(maxAge >= 1)) throw invalid('maxAge has to be at least 1 second.')
  return async function requireLogin(ctx, next) {
    const state = loadedState(provider, ctx, 'requireLogin')
    if (state.loggedIn && suffices(provider, state, maxAge, contexts)) return next()
    if (!isNavigation(ctx)) return refuse(provider, ctx)
    await beginLogin(provider, ctx, {
      returnTo: comeBackTo(provider, ctx),
      ...(maxAge !== undefined && { maxAge }),
      ...(contexts && { acr: contexts }),
    })
  }
}

function suffices(provider: Provider, { user }: LoggedIn, maxAge?: number, acr?: readonly string[]): boolean {
  if (acr && !acr.includes(String(user.acr))) return false
  if (maxAge === undefined) return true
  const { now, clockTolerance } = provider.settings
  return typeof user.auth_time === 'number' && now() - user.auth_time <= maxAge + clockTolerance
}

/** RFC 9110 wants a challenge with a 401; the body tells a page's own code where to send its user. */
function refuse(provider: Provider, ctx: Context): void {
  const error = new AccessError('login_required')
  ctx.status = error.status
  ctx.set({ 'Cache-Control': 'no-store', 'WWW-Authenticate': `Cookie realm="${provider.name}"` })
  const login = provider.settings.routes.login === false ? undefined : publicPath(provider, 'login')
  ctx.body = { error: error.code, error_description: error.message, login }
}

/** The page that was asked for; for what can not be asked for by GET, the page that it was sent from. */
function comeBackTo(provider: Provider, ctx: Context): string {
  const origin = publicOrigin(provider, ctx)
  const isPage = ctx.method === 'GET' || ctx.method === 'HEAD'
  const page = isPage ? publicPage(provider, ctx) : ctx.get('referer')
  return redirectTarget(page, origin, []) ?? homePath(provider)
}

/** What a proxy has cut off the path is put back. */
function publicPage({ settings }: Provider, ctx: Context): string {
  const mount = settings.baseUrl?.startsWith('http')
    ? new URL(settings.baseUrl).pathname.replace(/\/$/, '')
    : ''
  const path = ctx.originalUrl
  return path === mount || path.startsWith(`${mount}/`) ? path : mount + path
}
