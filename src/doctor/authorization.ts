import { beginAuthorization } from '../protocol/login/authorization.js'
import type { Metadata } from '../protocol/provider/metadata.js'
import type { Provider } from '../provider/provider.js'
import { Unexamined } from './report.js'

/** What the authorization endpoint answers to a browser that has no login. */
export type AuthorizationAnswer =
  | {
      readonly kind: 'redirect'
      readonly to: URL
      /** As RFC 6749 section 4.1.2.1 has it; '' without one. */
      readonly error: string
      /** Of the query, or of the fragment. */
      readonly params: URLSearchParams
    }
  | { readonly kind: 'page'; readonly status: number; readonly text: string }

/** Parameters to add or to change; `undefined` takes one out. */
export type Changes = Readonly<Record<string, string | undefined>>

/**
 * Sends the authentication request of a real login, but for the changes and for `prompt=none`: the provider
 * shows no form then and changes nothing. English pages are asked for, since what is on them may have to be told
 * apart.
 */
export async function askAuthorization(
  provider: Provider,
  metadata: Metadata,
  redirectUri: string,
  changes: Changes = {},
): Promise<AuthorizationAnswer> {
  const { scopes } = provider.settings
  const params = { prompt: 'none', ui_locales: 'en' }
  const begun = await beginAuthorization(provider, metadata, { redirectUri, returnTo: '/', scopes, params })
  const url = new URL(begun.url)
  if (url.searchParams.has('request_uri')) throw new Unexamined('the authentication requests are pushed')
  for (const [name, value] of Object.entries(changes)) {
    url.searchParams.delete(name)
    if (value !== undefined) url.searchParams.set(name, value)
  }
  return answerOf(
    await provider.fetch(url.href, { headers: { accept: 'text/html', 'accept-language': 'en' } }),
  )
}

async function answerOf(response: Response): Promise<AuthorizationAnswer> {
  const location = response.headers.get('location') ?? ''
  if (response.status >= 300 && response.status < 400 && URL.canParse(location)) {
    const to = new URL(location)
    const params = new URLSearchParams(to.hash ? to.hash.slice(1) : to.search)
    return { kind: 'redirect', to, error: params.get('error') ?? '', params }
  }
  return { kind: 'page', status: response.status, text: await response.text() }
}

/** Whether the answer went to this address, as one to a registered redirect URI does. */
export function wentTo(answer: AuthorizationAnswer, redirectUri: string): boolean {
  return answer.kind === 'redirect' && answer.to.href.split(/[?#]/)[0] === redirectUri
}

/** Whether the provider objects to nothing but that it may show no form, and there is no login yet. */
export function isAccepted(answer: AuthorizationAnswer): boolean {
  const without = ['login_required', 'interaction_required', 'consent_required', 'account_selection_required']
  return answer.kind === 'redirect' && without.includes(answer.error)
}
