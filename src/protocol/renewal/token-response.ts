import type { TokenEndpointResponse } from 'openid-client'
import type { TokenSet } from '../../token.js'

/** The token endpoint's answer, in this package's words; what a renewal leaves out stays as it was. */
export function tokenSet(response: TokenEndpointResponse, receivedAt: number, before?: TokenSet): TokenSet {
  const refreshToken = response.refresh_token ?? before?.refreshToken
  const idToken = response.id_token ?? before?.idToken
  const sessionState = response.session_state ?? before?.sessionState
  const refreshExpiresIn = refreshLife(response, receivedAt, before)
  return {
    accessToken: response.access_token,
    tokenType: response.token_type,
    scope: response.scope?.split(' ').filter(Boolean) ?? before?.scope ?? [],
    receivedAt,
    ...(refreshToken !== undefined && { refreshToken }),
    ...(idToken !== undefined && { idToken }),
    ...(typeof sessionState === 'string' && { sessionState }),
    ...(response.expires_in !== undefined && { expiresIn: response.expires_in }),
    ...(refreshToken !== undefined && refreshExpiresIn !== undefined && { refreshExpiresIn }),
  }
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
