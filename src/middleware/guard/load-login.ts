import { enterLogin, isLoaded, leaveLogin } from '../../http/guard/login-state.js'
import { isUpgradeFor } from '../../http/live/upgrade.js'
import { forgetBound, noteUnknown } from '../../http/login/bound-login.js'
import { clearSession, loginIdIn } from '../../http/session.js'
import type { Context, Middleware } from '../../http/types.js'
import { loginDue, renewalDue } from '../../protocol/renewal/due.js'
import { pauseOf } from '../../protocol/renewal/pauses.js'
import { renewLogin } from '../../protocol/renewal/renewal.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'

/**
 * Tells who is logged in. Pass-through; once a request, however often it stands in the way.
 *
 * Reads the login id in `ctx.session` and the login in the store. Renews the tokens before the refresh token's end
 * comes near, so that whoever is active stays, and with `renew: 'eager'` before the access token's too. Writes
 * `ctx.state[name]`. A session whose login is gone is cleared.
 *
 * Throws `session_missing`; `store_unavailable` (503) when somebody may be logged in but the store does not say.
 */
export function loadLogin(provider: Provider, ...none: []): Middleware {
  checkProvider('loadLogin()', provider, none)
  return async function loadLogin(ctx, next) {
    if (!isLoaded(provider, ctx)) await load(provider, ctx)
    if (!isUpgradeFor(provider, ctx)) await next()
  }
}

async function load(provider: Provider, ctx: Context): Promise<void> {
  leaveLogin(provider, ctx)
  const id = loginIdIn(provider, ctx)
  if (id === undefined) return
  const record = await provider.logins.read(id)
  const current = record && (await renewed(provider, ctx, id, record))
  if (!current) {
    await clearSession(provider, ctx)
    return noteUnknown(provider, ctx, id)
  }
  enterLogin(provider, ctx, id, current)
  forgetBound(provider, ctx)
}

/**
 * A renewal that fails is reported and ignored: whoever is logged in goes on with the tokens there are. Whether
 * that still is so is asked again, since a logout may have come in while the renewal took its time.
 */
async function renewed(provider: Provider, ctx: Context, id: string, record: LoginRecord) {
  const { now, renew } = provider.settings
  const { tokens } = record
  const due = (renew === 'eager' ? renewalDue : loginDue)(tokens, now())
  if (due === 'no' || tokens.refreshToken === undefined || pauseOf(provider, id) > 0) return record
  try {
    return await renewLogin(provider, id, record)
  } catch (error) {
    ctx.app.emit('error', error, ctx)
    return provider.logins.read(id)
  }
}
