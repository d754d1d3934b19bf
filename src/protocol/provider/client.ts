import * as oidc from 'openid-client'
import type { Provider } from '../../provider/provider.js'
import type { FetchRequest } from '../../util/bounded-fetch.js'
import type { Metadata } from './metadata.js'

/**
 * openid-client's view of the provider. Made anew for every call, since it can not follow metadata that change;
 * that costs microseconds.
 *
 * @param clockTolerance in seconds; default: the option
 */
export function client(
  provider: Provider,
  metadata: Metadata,
  clockTolerance: number = provider.settings.clockTolerance,
): oidc.Configuration {
  const { clientId, clientSecret, clientAuth, mtlsEndpointAliases, now, timeout } = provider.settings
  const configuration = new oidc.Configuration(
    metadata as oidc.ServerMetadata,
    clientId,
    {
      ...(clientSecret !== undefined && { client_secret: clientSecret }),
      use_mtls_endpoint_aliases: mtlsEndpointAliases || clientAuth === 'tls_client_auth',
      [oidc.clockSkew]: Math.round(now() - Date.now() / 1000),
      [oidc.clockTolerance]: clockTolerance,
    },
    authentication(provider, metadata),
  )
  configuration.timeout = timeout + 1 // the fetch below keeps the true limit, and covers the body too
  configuration[oidc.customFetch] = (url, request) => provider.fetch(url, request as FetchRequest)
  // Whether http will do was decided where the metadata was checked.
  oidc.allowInsecureRequests(configuration)
  return configuration
}

/** The client's authentication: as configured, else the first of what both sides can do. */
function authentication({ settings }: Provider, metadata: Metadata): oidc.ClientAuth {
  const { clientSecret } = settings
  const method = settings.clientAuth ?? defaultMethod(clientSecret, metadata)
  if (typeof method === 'object') {
    const { key, kid } = method
    return oidc.PrivateKeyJwt(kid === undefined ? key : { key, kid })
  }
  switch (method) {
    case 'client_secret_post':
      return oidc.ClientSecretPost(clientSecret)
    case 'client_secret_jwt':
      return oidc.ClientSecretJwt(clientSecret)
    case 'tls_client_auth':
      return oidc.TlsClientAuth()
    case 'client_secret_basic':
      return basic(clientSecret ?? '')
    default:
      return oidc.None()
  }
}

function defaultMethod(secret: string | undefined, metadata: Metadata) {
  if (secret === undefined) return 'none'
  const supported = metadata.token_endpoint_auth_methods_supported ?? ['client_secret_basic']
  return supported.includes('client_secret_basic') || !supported.includes('client_secret_post')
    ? 'client_secret_basic'
    : 'client_secret_post'
}

/**
 * HTTP Basic with the form encoding of RFC 6749, section 2.3.1 and appendix B, in which `-`, `.`, `_` and `*` stay
 * as they are. openid-client encodes these too, and Keycloak 18 does not decode them: no client `my-app` could
 * log in there.
 */
function basic(clientSecret: string): oidc.ClientAuth {
  return function clientSecretBasic(_metadata, { client_id }, _body, headers) {
    const credentials = [client_id, clientSecret].map(text =>
      new URLSearchParams([['', text]]).toString().slice(1),
    )
    headers.set('authorization', `Basic ${Buffer.from(credentials.join(':')).toString('base64')}`)
  }
}
