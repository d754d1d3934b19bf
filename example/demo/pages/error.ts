import { type Html, html } from '../../support/html.js'
import type { Application } from '../application.js'
import { frame } from './layout.js'

interface Failure {
  title: string
  text: string
  /** The error's code, when it is one of the package. */
  code: string | undefined
}

export function errorPage(own: Application, { title, text, code }: Failure): Html {
  return frame(
    own,
    title,
    html`<nav><a href="/">Home</a></nav>`,
    html`<main><section>
<h2>${title}</h2>
<p>${text}</p>
${code && html`<p class="soft">Code: <code>${code}</code></p>`}
</section></main>`,
  )
}
