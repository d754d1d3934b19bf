import type { KeycloakAuthToken } from '../../../src/index.js'
import { type Html, html } from '../../support/html.js'

/** How long the access token lives on. The first request after that, or shortly before, renews it. */
export function tokenSection({ expiresAt = 0, expiresIn = 0 }: KeycloakAuthToken): Html {
  const left = Math.max(0, Math.ceil(expiresAt - Date.now() / 1000))
  return html`<section>
<h2>Renewal</h2>
<p class="until-due">The access token lives for another <strong data-seconds="${left}">${left}</strong> seconds
of ${expiresIn}. After that, the next request renews it.</p>
<p class="when-due">The access token has expired: <a href="/">the next request</a> renews it.</p>
<progress max="${expiresIn}" value="${left}" aria-label="Life of the access token"></progress>
</section>`
}
