import type { LoginState } from '../../../src/index.js'
import { type Html, html } from '../../support/html.js'
import type { Application, Demo } from '../application.js'
import { codeSection } from './code.js'
import { eventsSection, timeOf } from './events.js'
import { page } from './layout.js'

/** `/step-up`: wants a stronger login than the others. */
export function stepUpPage(demo: Demo, own: Application, state: LoginState): Html {
  const { acr, auth_time: time } = state.loggedIn ? state.user : {}
  return page(
    demo,
    own,
    'Step-up',
    html`<section>
<h2>Something precious</h2>
<p>This page wants a login of the strength <code>gold</code>. Yours is <code id="acr">${String(acr)}</code>${
      typeof time === 'number' && html`, from ${timeOf(new Date(time * 1000))}`
    }.</p>
<p class="soft">Keycloak would ask for a second factor before it opens. The stand-in has none, and asks for
the password once more.</p>
<p class="buttons"><a class="button first" href="/">Back</a></p>
</section>
${eventsSection(demo)}
${codeSection('/step-up')}`,
    true,
  )
}
