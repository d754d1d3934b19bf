import type { LoggedIn, LoginSummary } from '../../../src/index.js'
import { type Html, html } from '../../support/html.js'
import { timeOf } from './events.js'

/** A user's own logins at this application, each with a button that ends it. */
export function ownLogins({ sid }: LoggedIn, logins: readonly LoginSummary[]): Html {
  return html`<section>
<h2>Your logins at this application</h2>
<table class="logins"><thead><tr><th scope="col">Since</th><th scope="col">Session</th><td></td></tr></thead>
<tbody>${logins.map(
    login => html`<tr><th scope="row">${timeOf(new Date(login.startedAt * 1000))}</th>
<td><code>${login.sid?.slice(0, 6)}…</code>${login.sid === sid && html` <span class="ok">this browser</span>`}</td>
<td><form method="post" action="/logins/${login.id}/end"><button class="button"
 aria-label="End the login since ${new Date(login.startedAt * 1000).toTimeString().slice(0, 8)}">End</button></form></td></tr>`,
  )}</tbody></table>
</section>`
}
