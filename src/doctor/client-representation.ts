import { checkOptions } from '../check-options.js'
import type { Provider } from '../index.js'
import { type Checks, flag, listOf, redirect, withDefault } from '../util/checks.js'
import { type Addresses, addressesOf } from './addresses.js'
import { publicAddress } from './public-address.js'
import { providerOf, type Subject } from './subject.js'

export interface ClientRepresentationOptions {
  /**
   * The public address of the application, as browsers see it, with the path it is mounted at if any. Default: the
   * provider's `baseUrl`.
   */
  baseUrl?: string | undefined
  /** Where a logout may lead to: paths or addresses, each that is given as `redirectUri`. Default: the first page. */
  postLogoutRedirectUris?: readonly string[] | undefined
  /** The application calls others in its own name, by `clientToken()`. Default false. */
  serviceAccount?: boolean | undefined
  /** Whether the client's secret is to stand in it. Default false; Keycloak then makes one up. */
  secret?: boolean | undefined
}

/** Keycloak's ClientRepresentation, as far as this application cares: for import and for the admin REST API. */
export interface ClientRepresentation {
  readonly clientId: string
  readonly enabled: true
  readonly protocol: 'openid-connect'
  readonly publicClient: boolean
  readonly clientAuthenticatorType?: string
  readonly secret?: string
  readonly standardFlowEnabled: true
  readonly implicitFlowEnabled: false
  readonly directAccessGrantsEnabled: false
  readonly serviceAccountsEnabled: boolean
  readonly frontchannelLogout: false
  readonly rootUrl: string
  readonly baseUrl: string
  readonly redirectUris: string[]
  readonly webOrigins: string[]
  /** Only where a scope is asked for that Keycloak gives to no client by itself. */
  readonly defaultClientScopes?: string[]
  readonly optionalClientScopes?: string[]
  readonly attributes: Readonly<Record<string, string>>
}

const OPTIONS = {
  baseUrl: publicAddress,
  postLogoutRedirectUris: listOf(redirect),
  serviceAccount: withDefault(flag, false),
  secret: withDefault(flag, false),
} satisfies Checks<ClientRepresentationOptions>

/**
 * The client that Keycloak has to have for this application: exact addresses, the standard flow with PKCE alone,
 * and logout requests by the back channel. It is JSON for "Import client" in the admin console, for
 * `kcadm.sh create clients -f -`, and for the `clients` of a realm file.
 *
 * With `legacy` the addresses after a logout are among the redirect URIs, as Keycloak before 19 wants it.
 *
 * Throws `invalid_options`.
 */
export function clientRepresentation(
  keycloak: Subject,
  options: ClientRepresentationOptions = {},
): ClientRepresentation {
  const of = 'clientRepresentation()'
  const provider = providerOf(of, keycloak)
  const { baseUrl, postLogoutRedirectUris, serviceAccount, secret } = checkOptions(of, options, OPTIONS)
  const addresses = addressesOf(of, provider, baseUrl, postLogoutRedirectUris)
  const { settings } = provider
  return {
    clientId: settings.clientId,
    enabled: true,
    protocol: 'openid-connect',
    ...authentication(provider, secret),
    standardFlowEnabled: true,
    implicitFlowEnabled: false,
    directAccessGrantsEnabled: false,
    serviceAccountsEnabled: serviceAccount,
    frontchannelLogout: false,
    rootUrl: addresses.base,
    baseUrl: '/',
    redirectUris: [addresses.callback, ...(settings.legacy ? addresses.postLogout : [])],
    webOrigins: [],
    ...scopes(settings.scopes),
    attributes: attributes(addresses),
  }
}

/** Keycloak's names for the ways of OpenID Connect Core 1.0, section 9. */
const AUTHENTICATORS: Readonly<Record<string, string>> = {
  client_secret_basic: 'client-secret',
  client_secret_post: 'client-secret',
  client_secret_jwt: 'client-secret-jwt',
  private_key_jwt: 'client-jwt',
  tls_client_auth: 'client-x509',
}

function authentication({ settings }: Provider, withSecret: boolean) {
  const { clientAuth, clientSecret } = settings
  const method = typeof clientAuth === 'object' ? clientAuth.method : clientAuth
  if (method === 'none' || (method === undefined && clientSecret === undefined)) return { publicClient: true }
  return {
    publicClient: false,
    clientAuthenticatorType: AUTHENTICATORS[method ?? 'client_secret_basic'] ?? 'client-secret',
    ...(withSecret && clientSecret !== undefined && { secret: clientSecret }),
  }
}

/** What a new client has by itself, in Keycloak 26; what an older one does not know it leaves out. */
const DEFAULT_SCOPES = ['web-origins', 'acr', 'roles', 'profile', 'basic', 'email']
const OPTIONAL_SCOPES = ['address', 'phone', 'organization', 'offline_access', 'microprofile-jwt']

/** A client that names any scope has only those that it names. */
function scopes(asked: readonly string[]) {
  const known = ['openid', ...DEFAULT_SCOPES, ...OPTIONAL_SCOPES]
  const names = asked.map(scope => scope.replace(/^organization:.*/, 'organization'))
  const further = names.filter(scope => !known.includes(scope))
  if (further.length === 0) return {}
  return { defaultClientScopes: DEFAULT_SCOPES, optionalClientScopes: [...OPTIONAL_SCOPES, ...further] }
}

function attributes({ logoutRequest, postLogout }: Addresses): Record<string, string> {
  return {
    'pkce.code.challenge.method': 'S256',
    // A minus means: none. Without the attribute the redirect URIs count.
    'post.logout.redirect.uris': postLogout.join('##') || '-',
    ...(logoutRequest !== undefined && {
      'backchannel.logout.url': logoutRequest,
      'backchannel.logout.session.required': 'true',
    }),
  }
}
