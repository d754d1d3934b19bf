import { checkOptions } from '../../check-options.js'
import { RequestError } from '../../errors.js'
import { readForm } from '../../http/form.js'
import { askToConfirm, isConfirmed } from '../../http/logout/confirmation.js'
import { leave, placeAfterLogout } from '../../http/logout/log-out.js'
import { homePath, publicOrigin } from '../../http/public-address.js'
import { reporting } from '../../http/refusal.js'
import { queryOf, refusePrefetch, requireMethod, senderOf } from '../../http/request.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, redirect } from '../../util/checks.js'

export interface LogoutOptions {
  /**
   * Where to go after the logout, when the request does not say: a path, or a URL on an allowed origin. Default:
   * the first page.
   */
  redirectUri?: string
}

const WANTED = { names: ['redirectUri', 'state', 'confirmed'] }

const OPTIONS = { redirectUri: redirect } satisfies Checks<LogoutOptions>

/**
 * Logs out here, then sends the browser to the provider to be logged out there (OpenID Connect RP-Initiated
 * Logout 1.0, section 2), or straight to the redirect URI when the provider has no such endpoint or is away.
 * Terminal; GET and POST.
 *
 * Reads `redirectUri` and `state` from query or form, and the login. Clears the session. Revokes an offline token, and
 * with the option `revoke: 'always'` any refresh token (RFC 7009); that this fails is an event. A script gets
 * `{ "logout": address }`, the login here ended. Where nothing shows that a page of this application asks, a small
 * page asks for a click. A user can log out here also while the provider is away: with `discovery` before it they
 * could not.
 *
 * Throws `cross_site_request` and `logout_unconfirmed` (403), `invalid_redirect`, `invalid_request`, `method_not_allowed`, `prefetch_refused`,
 * `unsupported_media_type`, `body_too_large`, `request_timeout`, `store_unavailable`: then nobody was logged out. `invalid_options` when it is called.
 */
export function logout(provider: Provider, options: LogoutOptions = {}): Middleware {
  checkProvider('logout()', provider)
  const { redirectUri: usual } = checkOptions('logout()', options, OPTIONS)
  return async function logout(ctx) {
    await reporting(provider, 'logout.refused', () => logOutAsAsked(provider, ctx, usual))
  }
}

async function logOutAsAsked(provider: Provider, ctx: Context, usual?: string): Promise<void> {
  requireMethod(ctx, 'GET', 'POST')
  refusePrefetch(ctx)
  const origin = publicOrigin(provider, ctx)
  const sender = senderOf(ctx, origin, provider.settings.allowedOrigins)
  if (sender === 'foreign') throw new RequestError('cross_site_request')
  const params = await paramsOf(ctx)
  const target = placeAfterLogout(provider, ctx, params.get('redirectUri') ?? usual ?? homePath(provider))
  if (sender === 'unknown' && !isConfirmed(provider, ctx, params.get('confirmed')))
    return askToConfirm(provider, ctx, params)
  await leave(provider, ctx, { redirectUri: target, state: params.get('state') ?? undefined })
}

/** Of a form, or of the address: a button may stand in a form that has nothing in it. */
async function paramsOf(ctx: Context): Promise<URLSearchParams> {
  const form = ctx.method === 'POST' ? await readForm(ctx, WANTED) : undefined
  return form?.size ? form : queryOf(ctx, WANTED)
}
