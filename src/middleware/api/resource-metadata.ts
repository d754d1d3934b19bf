import { checkOptions, invalidOptions } from '../../check-options.js'
import { enforcedScopes, metadataAddress } from '../../http/api/resource.js'
import { requireMethod } from '../../http/request.js'
import type { Middleware } from '../../http/types.js'
import { discover } from '../../protocol/provider/discover.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, httpUrl, text } from '../../util/checks.js'

export interface ResourceMetadataOptions {
  /** The API's name, for people. */
  name?: string
  /** Where developers read about it. */
  documentation?: string
}

const OPTIONS = {
  name: text,
  documentation: httpUrl,
} satisfies Checks<ResourceMetadataOptions>

/** Seconds for which the document may be kept. */
const MAX_AGE = 300

/**
 * Says by which authorization server and scopes an API is protected (RFC 9728): terminal at the address that the
 * option `resource` implies, `/.well-known/oauth-protected-resource` before its path, and pass-through everywhere else.
 * For `app.use`, before every guard: whoever asks has no token yet.
 *
 * Its scopes are those that `bearer` and `authenticate` of the same provider ask for. Any page may read it (CORS).
 *
 * Throws `method_not_allowed`, or a `ProviderError` when the provider was never reached; `invalid_options` when it is
 * called, also without the option `resource`.
 */
export function resourceMetadata(provider: Provider, options: ResourceMetadataOptions = {}): Middleware {
  checkProvider('resourceMetadata()', provider)
  const { name, documentation } = checkOptions('resourceMetadata()', options, OPTIONS)
  const { resource } = provider.settings
  if (resource === undefined)
    throw invalidOptions('resourceMetadata() needs the option resource: the address of the API.')
  const { pathname } = metadataAddress(resource)
  return async function resourceMetadata(ctx, next) {
    if (ctx.path !== pathname) return next()
    requireMethod(ctx, 'GET', 'HEAD', 'OPTIONS')
    ctx.set({ 'Access-Control-Allow-Origin': '*', 'Access-Control-Allow-Headers': '*' })
    if (ctx.method === 'OPTIONS') {
      ctx.status = 204
      return
    }
    const { issuer } = await discover(provider)
    const scopes = enforcedScopes(provider)
    ctx.set('Cache-Control', `public, max-age=${MAX_AGE}`)
    ctx.body = {
      resource,
      authorization_servers: [issuer],
      ...(scopes.length > 0 && { scopes_supported: scopes }),
      bearer_methods_supported: ['header'],
      ...(name !== undefined && { resource_name: name }),
      ...(documentation !== undefined && { resource_documentation: documentation }),
    }
  }
}
