import { type Html, html } from '../../support/html.js'
import type { Demo } from '../application.js'

export function eventsSection({ log, applications }: Demo): Html {
  const colour = (where: string) =>
    ['one-text', 'two-text'][applications.findIndex(({ name }) => name === where)]
  return html`<section>
<h2>What just happened</h2>
<ol>${log.latest(12).map(
    ({ at, where, text }) => html`<li>${timeOf(at)}
<span><strong class="${colour(where) ?? 'soft'}">${where}</strong> ${text}</span></li>`,
  )}</ol>
${log.count === 0 && html`<p class="soft">Nothing yet.</p>`}
</section>`
}

/** Hours to seconds, where the server is. */
export function timeOf(at: Date): Html {
  return html`<time datetime="${at.toISOString()}">${at.toTimeString().slice(0, 8)}</time>`
}
