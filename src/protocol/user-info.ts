import * as oidc from 'openid-client'
import { type KeycloakError, ProviderError, TokenError } from '../errors.js'
import type { Provider } from '../provider.js'
import type { Claims } from '../util/decode-claims.js'
import { client } from './client.js'
import { discover } from './discover.js'
import { providerFailure } from './failure.js'

/**
 * What the userinfo endpoint says (OpenID Connect Core 1.0, section 5.3), about this very user: "The sub Claim
 * in the UserInfo Response MUST be verified to exactly match".
 *
 * Throws `token_invalid` when the provider refuses the access token, or a `ProviderError`.
 */
export async function fetchUserInfo(provider: Provider, accessToken: string, sub: string): Promise<Claims> {
  const metadata = await discover(provider)
  if (metadata.userinfo_endpoint === undefined) throw new ProviderError('endpoint_missing')
  try {
    return await oidc.fetchUserInfo(client(provider, metadata), accessToken, sub)
  } catch (error) {
    throw userInfoFailure(error)
  }
}

function userInfoFailure(error: unknown): KeycloakError {
  if (error instanceof oidc.WWWAuthenticateChallengeError)
    return new TokenError('token_invalid', { cause: error })
  return providerFailure(error)
}
