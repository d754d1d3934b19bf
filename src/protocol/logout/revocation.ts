import * as oidc from 'openid-client'
import { type KeycloakError, ProviderError } from '../../errors.js'
import { loginFacts, tell } from '../../events.js'
import type { Provider } from '../../provider/provider.js'
import type { Dated } from '../../store/logins.js'
import type { TokenSet } from '../../token.js'
import { withDeadline } from '../../util/deadline.js'
import { decodeClaims } from '../../util/decode-claims.js'
import { client } from '../provider/client.js'
import { discover } from '../provider/discover.js'
import { providerFailure } from '../provider/failure.js'

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
export async function revokeLogin(provider: Provider, login: Dated): Promise<void> {
  const { refreshToken } = login.record.tokens
  if (refreshToken === undefined) return
  try {
    await withDeadline(revoke(provider, refreshToken), provider.settings.timeout)
  } catch (error) {
    tellFailure(provider, login, providerFailure(error))
  }
}

/** How many are revoked at once. */
const AT_ONCE = 10

/** The same for several. What can not be asked for in time is not asked for, and an event says so. */
export async function revokeLogins(provider: Provider, logins: readonly Dated[]): Promise<void> {
  const end = performance.now() + provider.settings.timeout * 1000
  for (let i = 0; i < logins.length; i += AT_ONCE) {
    const batch = logins.slice(i, i + AT_ONCE)
    if (performance.now() < end) await Promise.all(batch.map(login => revokeLogin(provider, login)))
    else for (const login of batch) tellFailure(provider, login, new ProviderError('provider_unavailable'))
  }
}

function tellFailure({ name }: Provider, { hash, record }: Dated, { code, reason }: KeycloakError): void {
  tell(name, 'revocation.failed', () => ({
    ...loginFacts(hash, record),
    code,
    ...(reason !== undefined && { reason }),
  }))
}

async function revoke(provider: Provider, refreshToken: string): Promise<void> {
  const metadata = await discover(provider)
  if (metadata.revocation_endpoint === undefined) throw new ProviderError('endpoint_missing')
  const configuration = client(provider, metadata)
  await oidc.tokenRevocation(configuration, refreshToken, { token_type_hint: 'refresh_token' })
}
