import { LoginError, RequestError } from '../../errors.js'
import { stateOf } from '../../http/guard/login-state.js'
import { reporting } from '../../http/refusal.js'
import { queryOf, refusePrefetch, requireMethod } from '../../http/request.js'
import type { Context, Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'

const WANTED = { names: ['iss', 'sid'], maxLength: 255 }

/**
 * Takes the logout that the provider's page asks for in a frame (OpenID Connect Front-Channel Logout 1.0, section 2):
 * by issuer and session, and so without a cookie, which a browser may not send from within another site's page.
 * Pass-through; GET. `endLogins` stands behind it.
 *
 * Reads `iss` and `sid` from the query. Writes `ctx.state[name].frontchannelLogout`. Nothing proves who asks: whoever
 * knows the `sid` of a session can end it.
 *
 * Throws `invalid_request` where one of the two is missing, `issuer_mismatch`, `method_not_allowed`,
 * `prefetch_refused`.
 */
export function verifyFrontchannelLogout(provider: Provider, ...none: []): Middleware {
  checkProvider('verifyFrontchannelLogout()', provider, none)
  return async function verifyFrontchannelLogout(ctx, next) {
    await reporting(provider, 'logout_request.refused', async () => verify(provider, ctx))
    await next()
  }
}

function verify(provider: Provider, ctx: Context): void {
  requireMethod(ctx, 'GET')
  refusePrefetch(ctx)
  const params = queryOf(ctx, WANTED)
  const [iss, sid] = [params.get('iss'), params.get('sid')]
  if (!iss || !sid) throw new RequestError('invalid_request', { detail: '(iss and sid)' })
  if (!provider.issuers.includes(iss)) throw new LoginError('issuer_mismatch')
  const iat = Math.floor(provider.settings.now())
  stateOf(provider, ctx).frontchannelLogout = { iss, sid, iat, ended: 0 }
}
