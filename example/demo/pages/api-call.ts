import { type Html, html } from '../../support/html.js'
import type { Application, Demo } from '../application.js'
import { codeSection } from './code.js'
import { eventsSection } from './events.js'
import { page } from './layout.js'

/** `/api-call`: what the other application's API said, asked in the user's name. */
export function apiCallPage(
  demo: Demo,
  own: Application,
  other: Application,
  status: number,
  body: string,
): Html {
  return page(
    demo,
    own,
    'API call',
    html`<section>
<h2>An API, asked in your name</h2>
<p>This application sent your access token to the API of ${other.name}, which verified it and knows no
session. It answered ${status}:</p>
<pre id="answer" tabindex="0" aria-label="Answer"><code>${body}</code></pre>
<p class="buttons"><a class="button first" href="/api-call">Ask again</a></p>
</section>
${eventsSection(demo)}
${codeSection('/api-call')}`,
    true,
  )
}
