import type { TokenEndpointResponse } from 'openid-client'
import type { TokenSet } from '../../token.js'
import { decodeClaims } from '../../util/decode-claims.js'

/** The token endpoint's answer, in this package's words; what a renewal leaves out stays as it was. */
export function tokenSet(response: TokenEndpointResponse, receivedAt: number, before?: TokenSet): TokenSet {
  const refreshToken = response.refresh_token ?? before?.refreshToken
  const idToken = response.id_token ?? before?.idToken
  const sessionState = response.session_state ?? before?.sessionState
  const expiresIn = accessLife(response, receivedAt)
  const refreshExpiresIn = refreshLife(response, receivedAt, before)
  const isRefreshEndFixed = isEndFixed(receivedAt, refreshExpiresIn, before)
  return {
    accessToken: response.access_token,
    tokenType: response.token_type,
    scope: response.scope?.split(' ').filter(Boolean) ?? before?.scope ?? [],
    receivedAt,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(idToken !== undefined && { idToken }),
    ...(typeof sessionState === 'string' && { sessionState }),
    ...(expiresIn !== undefined && { expiresIn }),
    ...(refreshToken !== undefined && refreshExpiresIn !== undefined && { refreshExpiresIn }),
    ...(isRefreshEndFixed && { isRefreshEndFixed }),
  }
}

/** In seconds. A shorter life is none: the token would be renewed at every request. */
const SHORTEST_LIFE = 1

/** Seconds from now on: as the answer says, else as the token does (RFC 9068, section 2.2), else unknown. */
function accessLife(response: TokenEndpointResponse, receivedAt: number): number | undefined {
  const { exp, iat = receivedAt } = decodeClaims(response.access_token) ?? {}
  return [response.expires_in, Number(exp) - Number(iat)].find(life => Number(life) >= SHORTEST_LIFE)
}

/** Seconds from now on; Keycloak writes 0 for no end (offline access). What is kept keeps its end too. */
function refreshLife(response: TokenEndpointResponse, receivedAt: number, before?: TokenSet) {
  if (response.refresh_expires_in !== undefined) {
    const life = Number(response.refresh_expires_in)
    return life > 0 ? life : undefined
  }
  if (response.refresh_token !== undefined || before?.refreshExpiresIn === undefined) return undefined
  return before.receivedAt + before.refreshExpiresIn - receivedAt
}

/**
 * Whether renewals do not move the end of the refresh token any more, as near the end of Keycloak's SSO session.
 * That shows when enough time has passed since the tokens before: the end has moved by less than half of it.
 */
function isEndFixed(receivedAt: number, life: number | undefined, before: TokenSet | undefined): boolean {
  if (life === undefined || before?.refreshExpiresIn === undefined) return false
  const passed = receivedAt - before.receivedAt
  const moved = receivedAt + life - (before.receivedAt + before.refreshExpiresIn)
  return moved <= passed / 2 && (before.isRefreshEndFixed === true || passed >= before.refreshExpiresIn / 2)
}
