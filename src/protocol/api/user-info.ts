import * as oidc from 'openid-client'
import { KeycloakError, ProviderError, TokenError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import type { FetchRequest } from '../../util/bounded-fetch.js'
import type { UserClaims } from '../../util/standard-claims.js'
import { client } from '../provider/client.js'
import { discover } from '../provider/discover.js'
import { providerFailure, responseOf } from '../provider/failure.js'
import { verifyJwt } from '../provider/verify-jwt.js'

/**
 * What the userinfo endpoint says (OpenID Connect Core 1.0, section 5.3), about this very user: "The sub Claim
 * in the UserInfo Response MUST be verified to exactly match". With no `sub` to match nobody is asked.
 *
 * Throws `token_invalid` when the provider refuses the access token, or a `ProviderError`.
 */
export async function fetchUserInfo(
  provider: Provider,
  accessToken: string,
  sub: string,
): Promise<UserClaims> {
  if (sub === '') throw new TokenError('token_invalid')
  const metadata = await discover(provider)
  if (metadata.userinfo_endpoint === undefined) throw new ProviderError('endpoint_missing')
  const configuration = client(provider, metadata)
  configuration[oidc.customFetch] = async (url, request) => {
    const response = await provider.fetch(url, request as FetchRequest)
    await verifyIfSigned(provider, response)
    return response
  }
  try {
    return await oidc.fetchUserInfo(configuration, accessToken, sub)
  } catch (error) {
    throw userInfoFailure(error, metadata.userinfo_endpoint)
  }
}

function userInfoFailure(error: unknown, asked: string): KeycloakError {
  const status = responseOf(error)?.status
  if (status === 401 || status === 403) return new TokenError('token_invalid', { cause: error })
  const failure = providerFailure(error, asked)
  // It was a JWT, but no ID token.
  const isBadJwt = failure.code === 'id_token_invalid' || failure.code === 'clock_mismatch'
  return isBadJwt ? new ProviderError('provider_response_invalid', { cause: error }) : failure
}

/** An answer may be a JWT (section 5.3.2); openid-client reads it, but does not check its signature. */
async function verifyIfSigned(provider: Provider, response: Response): Promise<void> {
  if (response.status !== 200 || !/^application\/jwt\b/i.test(response.headers.get('content-type') ?? ''))
    return
  try {
    await verifyJwt(provider, await response.clone().text(), { requiredClaims: [] })
  } catch (error) {
    if (error instanceof KeycloakError) throw error
    throw new ProviderError('provider_response_invalid', { cause: error })
  }
}
