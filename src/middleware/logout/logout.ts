import { checkOptions } from '../../check-options.js'
import { checkProvider } from '../../check-provider.js'
import { RequestError } from '../../errors.js'
import { readForm } from '../../http/form.js'
import { leaveLogin, loginOf, stateOf } from '../../http/guard/login-state.js'
import { homePath, publicOrigin } from '../../http/public-address.js'
import { reporting } from '../../http/refusal.js'
import { isCrossSite, isPrefetch, queryOf, requireMethod, sendTo } from '../../http/request.js'
import { clearSession, loginIdIn } from '../../http/session.js'
import type { Context, Middleware } from '../../http/types.js'
import { endSessionUrl } from '../../protocol/logout/end-session.js'
import { discover } from '../../protocol/provider/discover.js'
import type { Metadata } from '../../protocol/provider/metadata.js'
import type { Provider } from '../../provider.js'
import { type Checks, redirect } from '../../util/checks.js'
import { redirectTarget } from '../../util/redirect-target.js'

export interface LogoutOptions {
  /**
   * Where to go after the logout, when the request does not say: a path, or a URL on an allowed origin. Default:
   * the first page.
   */
  redirectUri?: string
}

const OPTIONS = { redirectUri: redirect } satisfies Checks<LogoutOptions>

/**
 * Logs out here, then sends the browser to the provider to be logged out there (OpenID Connect RP-Initiated
 * Logout 1.0, section 2), or straight to the redirect URI when the provider has no such endpoint or is away.
 * Terminal; GET and POST.
 *
 * Reads `redirectUri` and `state` from query or form, and the login. Clears the session. A user
 * can log out here also while the provider is away: with `discovery` before it they could not.
 *
 * Throws `cross_site_request` (403), `invalid_redirect`, `invalid_request`, `method_not_allowed`,
 * `store_unavailable`: then nobody was logged out. `invalid_options` when it is called.
 */
export function logout(provider: Provider, options: LogoutOptions = {}): Middleware {
  checkProvider('logout()', provider)
  const { redirectUri: usual } = checkOptions('logout()', options, OPTIONS)
  return async function logout(ctx) {
    await reporting(provider, 'logout.refused', () => leave(provider, ctx, usual))
  }
}

async function leave(provider: Provider, ctx: Context, usual?: string): Promise<void> {
  requireMethod(ctx, 'GET', 'POST')
  const origin = publicOrigin(provider, ctx)
  const { allowedOrigins } = provider.settings
  if (isCrossSite(ctx, origin, allowedOrigins) || isPrefetch(ctx))
    throw new RequestError('cross_site_request')
  const params = ctx.method === 'POST' && hasBody(ctx) ? await readForm(ctx) : queryOf(ctx)
  const wanted = params.get('redirectUri') ?? usual ?? homePath(provider)
  const target = redirectTarget(wanted, origin, allowedOrigins)
  if (target === undefined) throw new RequestError('invalid_redirect', { detail: '(redirectUri)' })

  const idToken = await endLocalLogin(provider, ctx)
  const metadata = await metadataIfThere(provider, ctx)
  const redirectUri = new URL(target, origin).href
  const state = params.get('state') ?? undefined
  const elsewhere = metadata && endSessionUrl(provider, metadata, { redirectUri, state, idToken })
  sendTo(ctx, elsewhere ?? withState(redirectUri, state))
}

/** The local login ends first: whatever becomes of the browser's journey, here nobody is logged in any more. */
async function endLocalLogin(provider: Provider, ctx: Context): Promise<string | undefined> {
  const state = stateOf(provider, ctx)
  const idToken = state.loggedIn ? loginOf(state).record.tokens.idToken : undefined
  const id = loginIdIn(provider, ctx)
  if (id !== undefined) await provider.logins.end(id)
  await clearSession(provider, ctx)
  leaveLogin(provider, ctx)
  return idToken
}

/** While there are none a user can log out here all the same; the failure is reported. */
async function metadataIfThere(provider: Provider, ctx: Context): Promise<Metadata | undefined> {
  try {
    return await discover(provider)
  } catch (error) {
    ctx.app.emit('error', error, ctx)
    return undefined
  }
}

/** What the provider would have done with `state`, when it is not asked. */
function withState(redirectUri: string, state: string | undefined): string {
  const url = new URL(redirectUri)
  if (state !== undefined) url.searchParams.set('state', state)
  return url.href
}

function hasBody(ctx: Context): boolean {
  return ctx.get('transfer-encoding') !== '' || Number(ctx.get('content-length')) > 0
}
