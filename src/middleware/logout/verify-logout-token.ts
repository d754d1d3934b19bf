import { type KeycloakError, RequestError, TokenError } from '../../errors.js'
import { MAX_BYTES, readForm } from '../../http/form.js'
import { stateOf } from '../../http/guard/login-state.js'
import { refuse, reporting } from '../../http/refusal.js'
import { requireMethod } from '../../http/request.js'
import type { Context, Middleware } from '../../http/types.js'
import { verifyLogoutTokenJwt } from '../../protocol/logout/logout-token.js'
import { logoutRequestCame } from '../../protocol/renewal/early-ends.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'

const WANTED = { names: ['logout_token'], maxLength: MAX_BYTES }

/**
 * Verifies the logout token of a logout request (OpenID Connect Back-Channel Logout 1.0, sections 2.5 and 2.6).
 * Pass-through; POST.
 *
 * Reads the form. Writes `ctx.state[name].logout`.
 *
 * Throws `logout_token_invalid` and `invalid_request` (400), `unsupported_media_type`, `body_too_large`,
 * `request_timeout`, `method_not_allowed`, or a `ProviderError` (503) when the keys can not be had. A 400 has the
 * body `{"error":"invalid_request"}` that section 2.8 asks for.
 */
export function verifyLogoutToken(provider: Provider, ...none: []): Middleware {
  checkProvider('verifyLogoutToken()', provider, none)
  return async function verifyLogoutToken(ctx, next) {
    try {
      await reporting(provider, 'logout_request.refused', () => verify(provider, ctx))
    } catch (error) {
      if (error instanceof RequestError || error instanceof TokenError) return answer(provider, ctx, error)
      throw error
    }
    await next()
  }
}

async function verify(provider: Provider, ctx: Context): Promise<void> {
  requireMethod(ctx, 'POST')
  const jwt = (await readForm(ctx, WANTED)).get('logout_token')
  if (!jwt) throw new RequestError('invalid_request', { detail: '(logout_token)' })
  const logout = await verifyLogoutTokenJwt(provider, jwt)
  logoutRequestCame(provider)
  stateOf(provider, ctx).logout = { ...logout, ended: 0 }
}

function answer(provider: Provider, ctx: Context, error: KeycloakError): void {
  refuse(provider, ctx, 'logout_request.refused', error, { error: 'invalid_request' })
}
