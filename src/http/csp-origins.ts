import { knownMetadata } from '../protocol/provider/discover.js'
import { checkProvider } from '../provider/check-provider.js'
import type { Provider } from '../provider/provider.js'

/**
 * Origins that a Content-Security-Policy of the application has to allow in `form-action` where forms are sent by GET
 * to what needs a login, or to the routes: the provider's, and `allowedOrigins`. Asks nobody: of a provider whose
 * metadata were not read yet it is the origin of its issuer.
 *
 * Throws `metadata_not_found` for a `configuration` that is a file which is not there.
 */
export function cspOrigins(provider: Provider, ...none: []): string[] {
  checkProvider('cspOrigins()', provider, none)
  const metadata = knownMetadata(provider)
  const addresses = [
    ...provider.issuers.slice(0, 1),
    metadata?.authorization_endpoint,
    metadata?.end_session_endpoint,
    ...provider.settings.allowedOrigins,
  ]
  const origins = addresses.flatMap(address =>
    typeof address === 'string' && URL.canParse(address) ? new URL(address).origin : [],
  )
  return [...new Set(origins)]
}
