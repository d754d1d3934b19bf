import { AccessError, LoginError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { escapeHtml } from '../../util/escape-html.js'
import { redirectTarget } from '../../util/redirect-target.js'
import { beginLogin, type LoginRequest } from '../login/begin-login.js'
import { forgetBound, type LostReason, lostLogin } from '../login/bound-login.js'
import { showPage } from '../page.js'
import { homePath, pageAsked, publicOrigin, publicPath } from '../public-address.js'
import { refuse } from '../refusal.js'
import { isNavigation, isPrefetch } from '../request.js'
import type { Context } from '../types.js'

/**
 * What guards do with a request that has no login, or none that suffices: a browser that wants a page goes to
 * the login and comes back; anything else gets `login_required` (401) with a JSON body. Both get `login_lost` when a
 * login was bound just now and is not there.
 *
 * @param challenges other ways than a login to be let in, for `WWW-Authenticate`
 */
export async function askToLogIn(
  provider: Provider,
  ctx: Context,
  request: Omit<LoginRequest, 'returnTo'> = {},
  challenges: readonly string[] = [],
): Promise<void> {
  const lost = isPrefetch(ctx) ? undefined : await lostLogin(provider, ctx)
  if (lost !== undefined) return tellLost(provider, ctx, lost)
  if (!isNavigation(ctx)) return challenge(provider, ctx, request, challenges)
  await beginLogin(provider, ctx, { ...request, returnTo: comeBackTo(provider, ctx) })
}

/** A new login would be lost like the last one, and the browser go round in circles: this is said once, and aloud. */
function tellLost(provider: Provider, ctx: Context, reason: LostReason): void {
  forgetBound(provider, ctx)
  const error = new LoginError('login_lost', { reason })
  refuse(provider, ctx, 'access.refused', error)
  ctx.app.emit('error', error, ctx)
  if (!isNavigation(ctx)) return
  showPage(ctx, { title: 'The login was lost', body: `<p>${escapeHtml(error.message)}</p>` })
}

/**
 * RFC 9110 wants a challenge with a 401; the body tells a page's own code where to send its user, and what that login
 * has to be, in the words of RFC 9470.
 */
function challenge(
  provider: Provider,
  ctx: Context,
  { acr, maxAge }: Omit<LoginRequest, 'returnTo'>,
  others: readonly string[],
): void {
  const headers = { 'WWW-Authenticate': [...others, `Cookie realm="${provider.name}"`] }
  const login = provider.settings.routes.login === false ? undefined : publicPath(provider, 'login')
  refuse(provider, ctx, 'access.refused', new AccessError('login_required', { headers }), {
    login,
    ...(acr && { acr_values: acr.join(' ') }),
    ...(maxAge !== undefined && { max_age: maxAge }),
  })
}

/** The page that was asked for; for what can not be asked for by GET, the page that it was sent from. */
function comeBackTo(provider: Provider, ctx: Context): string {
  const origin = publicOrigin(provider, ctx)
  const isPage = ctx.method === 'GET' || ctx.method === 'HEAD'
  const page = isPage ? pageAsked(provider, ctx) : ctx.get('referer')
  return redirectTarget(page, origin, []) ?? homePath(provider)
}
