import * as oidc from 'openid-client'
import type { Provider } from '../../provider/provider.js'
import { client } from '../provider/client.js'
import type { Metadata } from '../provider/metadata.js'

/** What proxies and servers commonly take as an address, in characters. */
const MAX_URL = 8000

export interface EndSessionRequest {
  /** Absolute address to come back to. */
  redirectUri: string
  state?: string | undefined
  idToken?: string | undefined
}

/**
 * Where to send the browser to be logged out at the provider (OpenID Connect RP-Initiated Logout 1.0, section
 * 2; with `legacy` Keycloak's `redirect_uri` of before 18). `undefined` when the provider has no such endpoint.
 *
 * An ID token too large for an address is left out; the provider then asks the user to confirm.
 */
export function endSessionUrl(
  provider: Provider,
  metadata: Metadata,
  request: EndSessionRequest,
): string | undefined {
  const { redirectUri, state, idToken } = request
  if (metadata.end_session_endpoint === undefined) return undefined
  const url = oidc.buildEndSessionUrl(client(provider, metadata), {
    [provider.settings.legacy ? 'redirect_uri' : 'post_logout_redirect_uri']: redirectUri,
    ...(state !== undefined && { state }),
    ...(idToken !== undefined && { id_token_hint: idToken }),
  })
  if (url.href.length > MAX_URL) url.searchParams.delete('id_token_hint')
  return url.href
}
