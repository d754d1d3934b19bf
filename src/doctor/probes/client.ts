import { type AuthorizationAnswer, isAccepted, wentTo } from '../authorization.js'
import type { Examination, Probe } from '../examination.js'
import { type Finding, finding } from '../findings.js'
import { Unexamined } from '../report.js'

/** Whether an authentication request like that of a login is taken: by this client, with this address and these scopes. */
export const client: Probe = {
  what: 'the client, its redirect URI and its scopes',
  async examine(x) {
    const answer = await x.authorization()
    if (answer.kind === 'page') return [await whyPage(x, answer)]
    const { callback } = x.addresses()
    if (!wentTo(answer, callback)) return [finding('login_elsewhere')]
    if (isAccepted(answer)) return []
    if (answer.error === 'unauthorized_client') return [finding('standard_flow_off')]
    const scopes = await refusedScopes(x)
    if (scopes.length > 0) return [finding('scope_refused', { detail: `Refused: ${scopes.join(' ')}.` })]
    return [finding('login_refused', { detail: named(answer.error) })]
  },
}

type Page = Extract<AuthorizationAnswer, { kind: 'page' }>

/**
 * A page in place of a redirect: Keycloak does not believe that the address is the application's. Why, its words
 * tell; where a theme or a language changes them, what the token endpoint says of the same client does.
 */
async function whyPage(x: Examination, { status, text }: Page): Promise<Finding> {
  if (status === 403 && /bearer/i.test(text)) return finding('client_bearer_only')
  if (status === 200) throw new Unexamined('the provider shows a form, though it was asked not to')
  if (status !== 400) return strangePage(status)
  const known = clientProblem(text)
  if (known) return finding(known)
  const isClientKnown = text.includes('redirect_uri') || (await x.codeRefusal())?.error === 'invalid_grant'
  const { callback } = x.addresses()
  return isClientKnown
    ? finding('redirect_uri_unknown', { detail: `It is ${callback}` })
    : finding('client_unknown')
}

function strangePage(status: number): Finding {
  const isAway = status >= 500 || status === 429
  return finding(isAway ? 'provider_unavailable' : 'provider_response_invalid', {
    detail: `The authorization endpoint answers with ${status}.`,
  })
}

/** What Keycloak's page says to be wrong with the client as a whole. */
export function clientProblem(page: string): 'client_disabled' | 'client_unknown' | undefined {
  if (/client (is )?disabled/i.test(page)) return 'client_disabled'
  return /client not found/i.test(page) ? 'client_unknown' : undefined
}

/** Each scope with `openid` alone; none when `openid` alone is refused, too. */
async function refusedScopes(x: Examination): Promise<string[]> {
  const takes = async (scope: string) => isAccepted(await x.ask({ scope }))
  if (!(await takes('openid'))) return []
  const refused: string[] = []
  for (const scope of x.provider.settings.scopes) {
    if (scope !== 'openid' && !(await takes(`openid ${scope}`))) refused.push(scope)
  }
  return refused
}

/** Error codes of RFC 6749 section 4.1.2.1 and of OpenID Connect Core 1.0 section 3.1.2.6. */
const ERRORS = [
  'access_denied',
  'invalid_request',
  'invalid_scope',
  'server_error',
  'temporarily_unavailable',
]

function named(error: string): string | undefined {
  return ERRORS.includes(error) ? `It says ${error}.` : undefined
}
