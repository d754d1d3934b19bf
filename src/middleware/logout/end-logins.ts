import { tell } from '../../events.js'
import { missing, stateOf } from '../../http/guard/login-state.js'
import type { Middleware } from '../../http/types.js'
import { endCovered } from '../../protocol/logout/end-covered.js'
import { serveSecurityEvent } from '../../protocol/logout/security-event.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { KeycloakBackChannelLogout } from '../../token.js'

/**
 * Ends the logins that a verified logout token covers, and remembers that they are ended (OpenID Connect
 * Back-Channel Logout 1.0, section 2.7): those of its `sid`, and those of its `sub` that name no session; with `sub`
 * alone those of the user. Or those that a verified security event covers. Pass-through; answers 200, an event 202
 * (RFC 8935, section 2.2), also when there was nothing to end.
 *
 * Reads `ctx.state[name].logout`, `.frontchannelLogout` or `.securityEvent`, and writes how many logins ended there.
 *
 * Throws `store_unavailable` (503), `piece_missing`.
 */
export function endLogins(provider: Provider, ...none: []): Middleware {
  checkProvider('endLogins()', provider, none)
  return async function endLogins(ctx, next) {
    const { logout, frontchannelLogout, securityEvent } = stateOf(provider, ctx)
    if (securityEvent) securityEvent.ended = await serveSecurityEvent(provider, securityEvent)
    else if (logout) await serveLogout(provider, logout)
    else if (frontchannelLogout) await serveLogout(provider, frontchannelLogout)
    else throw missing('endLogins', 'verifyLogoutToken() or verifySecurityEvent()')
    ctx.status = securityEvent ? 202 : 200
    ctx.body = ''
    await next()
  }
}

/** What both channels say. */
type Served = Pick<KeycloakBackChannelLogout, 'sid' | 'sub' | 'iat' | 'ended'>

async function serveLogout(provider: Provider, logout: Served): Promise<void> {
  const { sub, sid, iat } = logout
  const covered = { ...(sid !== undefined && { sid }), ...(sub !== undefined && { sub }) }
  logout.ended = await endCovered(provider, { ...covered, until: iat })
  const { ended } = logout
  tell(provider.name, 'logout_request', () => ({ ...covered, ended }))
}
