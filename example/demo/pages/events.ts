import { type Html, html } from '../../support/html.js'
import type { Demo } from '../application.js'

export const WHO = { one: 'Application one', keycloak: 'Keycloak', two: 'Application two' }

export function eventsSection({ timeline }: Demo): Html {
  const events = timeline.events(12)
  return html`<section>
<h2>What just happened</h2>
<ol class="events">${events.map(
    ({ at, to, text }) => html`<li>${timeOf(at)}
<span><strong class="${to}-text">${WHO[to]}</strong> ${text}</span></li>`,
  )}</ol>
${events.length === 0 && html`<p class="soft">Nothing yet.</p>`}
<p class="soft"><a href="/sequence">All of it, request by request</a></p>
</section>`
}

/** Hours to seconds, where the server is. */
export function timeOf(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${at.toTimeString().slice(0, 8)}</time>`
}
