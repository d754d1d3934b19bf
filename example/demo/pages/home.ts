import type { LoggedIn, LoginState } from '../../../src/index.js'
import { type Html, html } from '../../support/html.js'
import type { Application, Demo } from '../application.js'
import { unwatched } from '../watch/channels.js'
import { claimsDetails } from './claims.js'
import { codeSection } from './code.js'
import { eventsSection } from './events.js'
import { page } from './layout.js'
import { loginsTable } from './logins.js'
import { ownLogins } from './own-logins.js'
import { tokenSection } from './token.js'

/** `/`: public. Says who is logged in, and what is known of them. */
export async function homePage(demo: Demo, own: Application, state: LoginState): Promise<Html> {
  const title = state.loggedIn ? `${state.token.username}` : 'Welcome'
  return page(
    demo,
    own,
    title,
    html`<div class="column">${state.loggedIn ? await knownUser(demo, own, state) : stranger(demo, own)}</div>
${eventsSection(demo)}
${state.loggedIn && tokensSection(state)}
${codeSection('/')}`,
    state.loggedIn,
  )
}

function stranger({ applications }: Demo, own: Application): Html {
  const other = applications.find(application => application !== own)
  return html`<section>
<p class="who">Nobody is logged in here.</p>
<p>Log in as <code>alice</code>, password <code>alice</code>, who is an admin, or as <code>bob</code>,
password <code>bob</code>. Then open ${other?.name}: it asks Keycloak once, without a question to you, and knows
who you are. Log out in one of the two, and watch the other: its open page turns at once.</p>
<p class="buttons"><a class="button first" href="${own.keycloak.loginUrl({ returnTo: '/' })}">Log in</a>
<a class="button" href="${other?.url}/">Open ${other?.name}</a></p>
</section>`
}

async function knownUser(demo: Demo, own: Application, state: LoggedIn): Promise<Html> {
  const { token } = state
  const other = demo.applications.find(application => application !== own)
  return html`<section>
<p class="who">You are logged in as <strong id="username">${token.username}</strong>.</p>
<p class="soft">${String(state.user.name ?? token.username)},
${token.realmRoles.length > 0 ? html`with the role ${token.realmRoles.join(', ')}` : 'without any role'}</p>
<p class="buttons"><a class="button first" href="${own.keycloak.logoutUrl()}">Log out</a>
<a class="button" href="${other?.url}/">Open ${other?.name}</a></p>
</section>
${tokenSection(token)}
<section>
<h2>Where you are logged in</h2>
${await loginsTable(demo, [{ username: `${token.username}`, sub: `${token.sub}` }])}
</section>
${ownLogins(state, await unwatched(() => own.keycloak.logins({ sub: `${token.sub}` })))}`
}

function tokensSection({ token }: LoggedIn): Html {
  return html`<section class="both">
<h2>What the tokens say</h2>
${claimsDetails('ID token: who you are', token.idTokenClaims, true)}
${claimsDetails('Access token: what you may do', token.accessTokenClaims)}
${claimsDetails('Refresh token: how to get new ones', token.refreshTokenClaims)}
</section>`
}
