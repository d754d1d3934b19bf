import { tell } from '../../events.js'
import { handedOver } from '../../http/guard/login-state.js'
import type { Middleware } from '../../http/types.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { KeycloakBackChannelLogout } from '../../token.js'

/**
 * Ends the logins that a verified logout token covers, and remembers that they are ended (OpenID Connect
 * Back-Channel Logout 1.0, section 2.7): those of its `sid`, and those of its `sub` that name no session; with `sub`
 * alone those of the user. Pass-through; answers 200, also when there was nothing to end.
 *
 * Reads `ctx.state[name].logout`, and writes how many logins ended there.
 *
 * Throws `store_unavailable` (503), `piece_missing`.
 */
export function endLogins(provider: Provider, ...none: []): Middleware {
  checkProvider('endLogins()', provider, none)
  return async function endLogins(ctx, next) {
    const logout = handedOver(provider, ctx, 'logout', 'endLogins', 'verifyLogoutToken()')
    logout.ended = await endCovered(provider, logout)
    const { sub, sid, ended } = logout
    tell(provider.name, 'logout_request', () => ({
      ...(sub !== undefined && { sub }),
      ...(sid !== undefined && { sid }),
      ended,
    }))
    ctx.status = 200
    ctx.body = ''
    await next()
  }
}

async function endCovered(
  { logins, settings }: Provider,
  { sid, sub, iat }: KeycloakBackChannelLogout,
): Promise<number> {
  const ended = sid === undefined ? 0 : await logins.endBySid(sid, iat)
  if (sub === undefined) return ended
  const isWholeUser = sid === undefined || settings.logoutScope === 'subject'
  return ended + (await (isWholeUser ? logins.endBySub(sub, iat) : logins.endBySubAlone(sub, iat)))
}
