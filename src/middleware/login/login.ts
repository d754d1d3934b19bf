import { checkOptions } from '../../check-options.js'
import { RequestError } from '../../errors.js'
import { beginLogin } from '../../http/login/begin-login.js'
import { ORGANIZATION, type Organization, organizationOf } from '../../http/login/organization.js'
import { homePath, publicOrigin } from '../../http/public-address.js'
import { reporting } from '../../http/refusal.js'
import { queryOf, refusePrefetch, requireMethod } from '../../http/request.js'
import type { Context, Middleware } from '../../http/types.js'
import { freeParamNames, freeParams, loginScopes } from '../../options.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { type Checks, neverUndefined, redirect } from '../../util/checks.js'
import { redirectTarget } from '../../util/redirect-target.js'

export interface LoginOptions {
  /** Default: the provider's. */
  scopes?: readonly string[]
  /** Authorization parameters for logins from here, besides the provider's: `{ prompt: 'create' }`. */
  authorizationParams?: Readonly<Record<string, string>>
  /** Authorization parameters that a link may set. Default: the provider's. */
  queryParams?: readonly string[]
  /** Where to go after the login, when the link does not say. Default: the first page. */
  returnTo?: string
  /** The organization of Keycloak's that the login is for, by its alias; `*`: any. The callback refuses one that is not. */
  organization?: Organization
}

const OPTIONS = {
  scopes: loginScopes,
  authorizationParams: freeParams,
  queryParams: freeParamNames,
  returnTo: redirect,
  organization: neverUndefined(ORGANIZATION),
} satisfies Checks<LoginOptions>

/** Characters that Keycloak takes in a parameter. */
const MAX_PARAM = 2000

/**
 * Sends the browser to the provider to log in (OpenID Connect Core 1.0, section 3.1.2.1). Terminal; GET.
 *
 * Reads the query: `returnTo`, and what `queryParams` allows. Sets the cookie of this login.
 *
 * Throws `invalid_redirect`, `invalid_request`, `method_not_allowed`, `prefetch_refused`, `keys_missing`,
 * `insecure_transport`; `invalid_options` when it is called.
 */
export function login(provider: Provider, options: LoginOptions = {}): Middleware {
  checkProvider('login()', provider)
  const { returnTo, authorizationParams, organization, ...own } = checkOptions('login()', options, OPTIONS)
  const { scopes, queryParams } = { ...provider.settings, ...own }
  return async function login(ctx) {
    await reporting(provider, 'login.refused', async () => {
      requireMethod(ctx, 'GET')
      refusePrefetch(ctx)
      const query = queryOf(ctx, { names: ['returnTo', ...queryParams] })
      await beginLogin(provider, ctx, {
        scopes,
        returnTo: safeTarget(provider, ctx, query.get('returnTo') ?? returnTo ?? homePath(provider)),
        ...(organization !== undefined && { organization: organizationOf(ctx, organization) }),
        params: {
          ...allowedParams(query, queryParams),
          ...authorizationParams,
        },
      })
    })
  }
}

function safeTarget(provider: Provider, ctx: Context, returnTo: string): string {
  const target = redirectTarget(returnTo, publicOrigin(provider, ctx), provider.settings.allowedOrigins)
  if (target === undefined) throw new RequestError('invalid_redirect', { detail: '(returnTo)' })
  return target
}

function allowedParams(query: URLSearchParams, names: readonly string[]): Record<string, string> {
  const params: Record<string, string> = {}
  for (const name of names) {
    const value = query.get(name)
    if (!value) continue
    if (value.length > (name === 'login_hint' ? 255 : MAX_PARAM)) throw new RequestError('invalid_request')
    params[name] = value
  }
  return params
}
