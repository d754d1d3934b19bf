import type { LoginState } from '../../../src/index.js'
import { type Html, html } from '../../support/html.js'
import type { Application, Demo } from '../application.js'
import { codeSection } from './code.js'
import { eventsSection } from './events.js'
import { page } from './layout.js'
import { loginsTable } from './logins.js'

/** `/admin`: for who has the realm role `admin`. Others are told so, and not sent round in circles. */
export async function adminPage(demo: Demo, own: Application, state: LoginState): Promise<Html> {
  const who = state.loggedIn ? state.token.username : ''
  return page(
    demo,
    own,
    'Admin',
    html`<div class="column">
<section>
<h2>Admin</h2>
<p>${who} may see this page: the access token has the realm role <code>admin</code>.</p>
</section>
<section>
<h2>Who is logged in where</h2>
${await loginsTable(demo, demo.users, logOutButton)}
<p class="soft">The button does what an administrator does in Keycloak’s console: all sessions of the user
end, and Keycloak sends every application a logout request.</p>
</section>
</div>
${eventsSection(demo)}
${codeSection('/admin')}`,
    true,
  )
}

function logOutButton({ username }: { username: string }): Html {
  const action = `/admin/log-out/${encodeURIComponent(username)}`
  return html`<form id="log-out-${username}" method="post" action="${action}">
<button class="button">Log out</button></form>`
}
