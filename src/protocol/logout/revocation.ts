import * as oidc from 'openid-client'
import { ProviderError } from '../../errors.js'
import { loginFacts, tell } from '../../events.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import type { TokenSet } from '../../token.js'
import { withDeadline } from '../../util/deadline.js'
import { decodeClaims } from '../../util/decode-claims.js'
import { client } from '../provider/client.js'
import { discover } from '../provider/discover.js'
import { providerFailure } from '../provider/failure.js'

/** A login that has ended here, by the hash of its id. */
export interface EndedLogin {
  hash: string
  record: LoginRecord
}

/**
 * Whether the tokens outlive the user's session at the provider (OpenID Connect Core 1.0, section 11): Keycloak says
 * so in the refresh token; of one that can not be read the granted scope tells.
 */
export function isOffline({ refreshToken, scope }: TokenSet): boolean {
  const typ = decodeClaims(refreshToken)?.typ
  return (
    refreshToken !== undefined && (typ === undefined ? scope.includes('offline_access') : typ === 'Offline')
  )
}

/**
 * Revokes the refresh token of a login that has ended here, so that nothing of it is of use at the provider either
 * (RFC 7009, section 2.1). Nothing where there is none.
 *
 * Takes as long as option `timeout` says, at most. Never rejects: the login is over whatever the provider says, and a
 * failure is the event `revocation.failed`.
 */
export async function revokeLogin(provider: Provider, { hash, record }: EndedLogin): Promise<void> {
  const { refreshToken } = record.tokens
  if (refreshToken === undefined) return
  const { name, settings } = provider
  try {
    await withDeadline(revoke(provider, refreshToken), settings.timeout)
  } catch (error) {
    const { code, reason } = providerFailure(error)
    tell(name, 'revocation.failed', () => ({
      ...loginFacts(hash, record),
      code,
      ...(reason !== undefined && { reason }),
    }))
  }
}

async function revoke(provider: Provider, refreshToken: string): Promise<void> {
  const metadata = await discover(provider)
  if (metadata.revocation_endpoint === undefined) throw new ProviderError('endpoint_missing')
  const configuration = client(provider, metadata)
  await oidc.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' })
}
