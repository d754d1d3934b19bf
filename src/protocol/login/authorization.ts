import * as oidc from 'openid-client'
import type { Provider } from '../../provider/provider.js'
import { client } from '../provider/client.js'
import type { Metadata } from '../provider/metadata.js'

/** A login under way: what the callback needs, kept in the browser that began it, and only there. */
export interface Transaction {
  state: string
  nonce: string
  codeVerifier: string
  redirectUri: string
  /** Where the visitor wanted to go: a path of this application or an allowed URL. */
  returnTo: string
  /** When it began, in seconds since the epoch. */
  startedAt: number
  /** Asked to be silent: an answer that there is no login is no failure. */
  silent?: boolean
  /** The login must not be older than this, in seconds. */
  maxAge?: number
  /** One of these authentication contexts has to be reached. */
  acr?: string[]
  /** The login has to be for the organization with this alias; `*`: for any. */
  organization?: string
}

export interface AuthorizationRequest {
  redirectUri: string
  returnTo: string
  scopes: readonly string[]
  params: Readonly<Record<string, string>>
  maxAge?: number
  acr?: readonly string[]
  organization?: string
  /** Marks a login that was begun anew because its predecessor was not known. */
  restarted?: boolean
}

/** Ends the `state` of a login that was begun anew; so a loop is noticed without any cookie. */
const RESTARTED = '.again'

/** Ends the `state` of a silent login. */
const SILENT = '.silent'

export function wasRestarted(state: string): boolean {
  return state.endsWith(RESTARTED)
}

export function wasSilent(state: string): boolean {
  return state.endsWith(SILENT)
}

/**
 * An authentication request (OpenID Connect Core 1.0, section 3.1.2.1) with its own state, nonce and PKCE
 * verifier (RFC 7636, S256).
 */
export async function beginAuthorization(
  provider: Provider,
  metadata: Metadata,
  request: AuthorizationRequest,
) {
  const { returnTo, acr, organization } = request
  const redirectUri = new URL(request.redirectUri).href // exactly as the token request will repeat it
  const maxAge = request.maxAge ?? seconds(request.params.max_age)
  const silent = request.params.prompt?.split(' ').includes('none') === true
  const codeVerifier = oidc.randomPKCECodeVerifier()
  const transaction: Transaction = {
    state: oidc.randomState() + (silent ? SILENT : request.restarted ? RESTARTED : ''),
    nonce: oidc.randomNonce(),
    codeVerifier,
    redirectUri,
    returnTo,
    startedAt: provider.settings.now(),
    ...(silent && { silent }),
    ...(maxAge !== undefined && { maxAge }),
    ...(acr && { acr: [...acr] }),
    ...(organization !== undefined && { organization }),
  }
  const url = oidc.buildAuthorizationUrl(client(provider, metadata), {
    ...request.params,
    ...(maxAge !== undefined && { max_age: String(maxAge) }),
    ...(acr && { acr_values: acr.join(' ') }),
    redirect_uri: redirectUri,
    scope: [...request.scopes, ...(organization === undefined ? [] : [`organization:${organization}`])].join(
      ' ',
    ),
    state: transaction.state,
    nonce: transaction.nonce,
    code_challenge: await oidc.calculatePKCECodeChallenge(codeVerifier),
    code_challenge_method: 'S256',
  })
  return { url: url.href, transaction }
}

/** A `max_age` among the parameters is verified afterwards like one that a guard asks for. */
function seconds(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined
}
