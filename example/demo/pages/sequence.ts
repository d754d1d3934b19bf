import type { LoginState } from '../../../src/index.js'
import { type Html, html } from '../../support/html.js'
import type { Application, Demo } from '../application.js'
import type { Breakage } from '../breaking.js'
import { codeSection } from './code.js'
import { page } from './layout.js'
import { stepRow } from './steps.js'

/** `/sequence`: what the three say to each other, as it happens, and a bar that breaks things. */
export function sequencePage(demo: Demo, own: Application, state: LoginState): Html {
  return page(
    demo,
    own,
    'Sequence',
    html`<section class="both">
<h2>Break something</h2>
<div class="bar">
${Object.entries(demo.breakages).map(([name, breakage]) => breakButton(name, breakage))}
${fiftyButton(state)}
</div>
</section>
<section class="both stage">
<div class="stage-head"><h2>What they say to each other</h2>
<p class="buttons">${
      state.loggedIn
        ? html`<a class="button" href="${own.keycloak.logoutUrl({ redirectUri: '/sequence' })}">Log out</a>`
        : html`<a class="button first" href="${own.keycloak.loginUrl({ returnTo: '/sequence' })}">Log in</a>`
    }<button class="button" form="clear">Clear</button></p></div>
<form id="clear" method="post" action="/clear"></form>
<p class="soft legend"><span class="key call"></span> a server asks itself
<span class="key visit"></span> the browser is sent there. Codes, tokens and secrets are •••</p>
<div class="lanes" aria-hidden="true"><strong class="one-text">Application one</strong>
<strong>Keycloak</strong><strong class="two-text">Application two</strong></div>
<div class="scroll" tabindex="0" role="region" aria-label="Sequence of requests"><ol id="steps">
${demo.timeline.since(0).map(stepRow)}</ol></div>
</section>
${codeSection('/sequence')}`,
  )
}

function breakButton(name: string, { label, hint, isOn }: Breakage): Html {
  const pressed = isOn && html` aria-pressed="${isOn() ? 'true' : 'false'}"`
  return html`<form method="post" action="/break/${name}">
<button class="button"${pressed} aria-describedby="hint-${name}">${label}</button>
<small id="hint-${name}">${hint}</small></form>`
}

function fiftyButton({ loggedIn }: LoginState): Html {
  return html`<form method="post" action="/break/fifty">
<button class="button" aria-describedby="hint-fifty"${!loggedIn && html` disabled`}>Fifty requests at once</button>
<small id="hint-fifty">With an expired token. ${loggedIn ? 'Count the renewals: one.' : 'Log in first.'}</small></form>`
}
