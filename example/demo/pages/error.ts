import { type Html, html } from '../../support/html.js'
import type { Application, Demo } from '../application.js'
import { frame } from './layout.js'

interface Failure {
  title: string
  text: string
  /** The error's code, when it is one of the package. */
  code: string | undefined
}

export function errorPage(demo: Demo, own: Application, { title, text, code }: Failure): Html {
  return frame(
    own,
    title,
    html`<nav><a href="/">Home</a> <a href="/sequence">Sequence</a></nav>`,
    html`<main><section>
<h2>${title}</h2>
<p>${text}</p>
${code && html`<p class="soft">Code: <code>${code}</code></p>`}
${Object.entries(demo.breakages).map(
  ([name, { label, isOn }]) =>
    isOn?.() &&
    html`<form method="post" action="/break/${name}"><p>${label}, since you switched that on.
<button class="button">Mend it</button></p></form>`,
)}
</section></main>`,
  )
}
