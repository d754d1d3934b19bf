import * as oidc from 'openid-client'
import type { Provider } from '../../provider/provider.js'
import { client } from './client.js'
import { providerFailure } from './failure.js'
import type { Metadata } from './metadata.js'

/** Why a token request was refused (RFC 6749, section 5.2). The provider's own words: to look at, not to pass on. */
export interface Refusal {
  readonly error: string
  readonly description: string
}

/**
 * Sends a token request that can not succeed, with this client's authentication as always, and tells how it was
 * refused; `undefined` for one that was granted all the same. Throws a `ProviderError` when there was no answer.
 */
export async function refusal(
  provider: Provider,
  metadata: Metadata,
  grantType: string,
  params: Record<string, string>,
): Promise<Refusal | undefined> {
  try {
    await oidc.genericGrantRequest(client(provider, metadata), grantType, params)
    return undefined
  } catch (error) {
    if (error instanceof oidc.ResponseBodyError)
      return { error: error.error, description: error.error_description ?? '' }
    if (error instanceof oidc.WWWAuthenticateChallengeError)
      return { error: 'invalid_client', description: '' }
    throw providerFailure(error, metadata.token_endpoint)
  }
}
