import type { Claims } from '../../../src/index.js'
import { type Html, html } from '../../support/html.js'
import { timeOf } from './events.js'

const MEANINGS: Record<string, string> = {
  acr: 'how strong the login was',
  aud: 'whom it is for',
  auth_time: 'when the password was entered',
  azp: 'which client asked for it',
  at_hash: 'ties it to the access token',
  email_verified: 'whether Keycloak has checked it',
  exp: 'when it expires',
  iat: 'when it was issued',
  iss: 'who issued it',
  jti: 'its own number',
  nonce: 'ties it to this one login',
  preferred_username: 'what the user logs in as',
  realm_access: 'roles in the realm',
  resource_access: 'roles at clients',
  scope: 'what was granted',
  sid: 'the session at Keycloak',
  sub: 'the user’s id, which never changes',
  typ: 'what kind of token it is',
}

const TIMES = new Set(['exp', 'iat', 'auth_time', 'nbf'])

/** A token's claims, never the token itself: that is a key, and has no business on a page. */
export function claimsDetails(title: string, claims: Claims | undefined, isOpen = false): Html {
  if (!claims)
    return html`<details><summary>${title}</summary><p>None, or not one that can be read.</p></details>`
  return html`<details${isOpen && html` open`}><summary>${title}</summary>
<table class="claims"><tbody>${Object.entries(claims).map(
    ([name, value]) => html`<tr>
<th scope="row"><code>${name}</code>${MEANINGS[name] && html` <small>${MEANINGS[name]}</small>`}</th>
<td>${show(name, value)}</td>
</tr>`,
  )}</tbody></table></details>`
}

function show(name: string, value: unknown): Html {
  if (TIMES.has(name) && typeof value === 'number') return html`${timeOf(new Date(value * 1000))}`
  return html`<code>${typeof value === 'string' ? value : JSON.stringify(value, null, 1)}</code>`
}
