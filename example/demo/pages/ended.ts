import type { EndReason } from '../../../src/index.js'
import { type Html, html } from '../../support/html.js'
import type { Application } from '../application.js'

/** What an open page says when its login has ended, by why it did. */
export const goodbyes: Partial<Record<EndReason, [title: string, text: string]>> = {
  request: [
    'Keycloak ended this session',
    'A logout request came from Keycloak: somebody logged out of another application, or an administrator ended the session. This page turned at once.',
  ],
  logout: ['You logged out', 'It happened in another tab of this browser.'],
  code: ['This login was ended', 'It was ended from the list of logins.'],
  renewal: ['This session is over', 'Keycloak gave no new tokens, since its own session has ended.'],
}

export function endedSection(own: Application, reason: EndReason): Html {
  const [title, text] = goodbyes[reason] ?? ['This session is over', '']
  return html`<section class="ended" role="alert">
<h2 tabindex="-1">${title}</h2>
<p>${text}</p>
<p class="buttons"><a class="button first" href="${own.keycloak.loginUrl({ returnTo: '/' })}">Log in again</a>
<a class="button" href="/sequence">See how it went</a></p>
</section>`
}
