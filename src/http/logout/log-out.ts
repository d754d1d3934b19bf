import { checkArgument, checkOptions } from '../../check-options.js'
import { RequestError } from '../../errors.js'
import { loginFacts, tell } from '../../events.js'
import { endSessionUrl } from '../../protocol/logout/end-session.js'
import { isOffline, revokeLogin } from '../../protocol/logout/revocation.js'
import { discover } from '../../protocol/provider/discover.js'
import type { Metadata } from '../../protocol/provider/metadata.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { Dated } from '../../store/logins.js'
import { sha256 } from '../../util/random.js'
import { redirectTarget } from '../../util/redirect-target.js'
import { CONTEXT } from '../check-context.js'
import { leaveLogin, loginOf, stateOf } from '../guard/login-state.js'
import { LOGOUT_QUERY, type LogoutQuery } from '../link.js'
import { forgetBound } from '../login/bound-login.js'
import { stopTrying } from '../login/tried.js'
import { homePath, publicOrigin } from '../public-address.js'
import { isNavigation } from '../request.js'
import { isLong, sendAway } from '../send-away.js'
import { clearSession, loginIdIn } from '../session.js'
import type { Context } from '../types.js'

/**
 * Logs the request's user out by the application's own decision, from a hook or a handler: ends the login here,
 * clears the session, and sends the browser to the provider to be logged out there (OpenID Connect RP-Initiated
 * Logout 1.0, section 2). It answers the request, a script with the address in JSON; whether another site made the
 * browser send it is not asked.
 *
 * Reads the login. Throws `invalid_redirect`, `invalid_options`, `session_missing`, `store_unavailable`: then the
 * user is logged in as before.
 */
export async function logOut(provider: Provider, ctx: Context, options: LogoutQuery = {}): Promise<void> {
  checkProvider('logOut()', provider)
  checkArgument('logOut()', 'ctx', ctx, CONTEXT)
  const { redirectUri, state } = checkOptions('logOut()', options, LOGOUT_QUERY)
  const target = placeAfterLogout(provider, ctx, redirectUri ?? homePath(provider))
  await leave(provider, ctx, { redirectUri: target, state })
}

/** The address to come back to, as the provider has to know it. Throws `invalid_redirect`. */
export function placeAfterLogout(provider: Provider, ctx: Context, wanted: string): string {
  const origin = publicOrigin(provider, ctx)
  const target = redirectTarget(wanted, origin, provider.settings.allowedOrigins)
  if (target === undefined) throw new RequestError('invalid_redirect', { detail: '(redirectUri)' })
  return new URL(target, origin).href
}

/**
 * Ends the request's login here, then revokes what the provider's own logout would leave alive, and sends the browser
 * to the provider; straight back when that has no such endpoint, or is away.
 */
export async function leave(
  provider: Provider,
  ctx: Context,
  request: Omit<WayOut, 'idToken'>,
): Promise<void> {
  const login = await endLocalLogin(provider, ctx)
  const idToken = login?.record.tokens.idToken
  await Promise.all([
    sendOut(provider, ctx, { ...request, idToken }),
    login && revokeIfAsked(provider, login),
  ])
}

/** The local login ends first: whatever becomes of the browser's journey, here the user is logged out. */
async function endLocalLogin(provider: Provider, ctx: Context): Promise<Dated | undefined> {
  const state = stateOf(provider, ctx)
  const login = state.loggedIn ? loginOf(state) : undefined
  const ids = new Set([login?.id, loginIdIn(provider, ctx)]) // the application may have emptied its session before
  for (const id of ids) if (id !== undefined) await provider.logins.end(id)
  await clearSession(provider, ctx)
  leaveLogin(provider, ctx)
  forgetBound(provider, ctx)
  stopTrying(provider, ctx)
  if (!login) return undefined
  const ended = { hash: sha256(login.id), record: login.record }
  tell(provider.name, 'logout', () => loginFacts(ended.hash, ended.record))
  return ended
}

/** A session of the provider's ends with its own logout; an offline one does not. */
async function revokeIfAsked(provider: Provider, login: Dated): Promise<void> {
  const isAsked = provider.settings.revoke === 'always' || isOffline(login.record.tokens)
  if (isAsked) await revokeLogin(provider, login)
}

interface WayOut {
  /** Absolute address to come back to. */
  redirectUri: string
  state: string | undefined
  idToken: string | undefined
}

/**
 * Sends the browser to the provider. A script, which no redirect could take there, gets `{ "logout": address }`, and
 * its page goes there. It would go by GET, and so an address that is too long comes without the ID token: then the
 * provider asks the user.
 */
async function sendOut(provider: Provider, ctx: Context, request: WayOut): Promise<void> {
  const address = await wayOut(provider, ctx, request)
  ctx.set('Cache-Control', 'no-store') // the address has an ID token in it
  // Before Keycloak 18 a form meant another thing at the provider's endpoint.
  if (isNavigation(ctx)) return sendAway(ctx, address, provider.settings.legacy ? 'get' : 'post')
  ctx.status = 200
  ctx.body = {
    logout: isLong(address) ? await wayOut(provider, ctx, { ...request, idToken: undefined }) : address,
  }
}

/** Where the browser goes now: to the provider; straight back when that has no such endpoint, or is away. */
async function wayOut(provider: Provider, ctx: Context, request: WayOut): Promise<string> {
  const { redirectUri, state } = request
  const metadata = await metadataIfThere(provider, ctx)
  return (metadata && endSessionUrl(provider, metadata, request)) ?? withState(redirectUri, state)
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
