import { readFileSync } from 'node:fs'
import { type Html, html } from '../../support/html.js'

const FILE = 'example/demo/routes.ts'
const lines = readFileSync(new URL('../routes.ts', import.meta.url), 'utf8').split('\n')

/** The code behind a page, as it runs: read from the file. */
export function codeSection(path: string): Html | undefined {
  const from = lines.findIndex(line => line.includes(`router.get('${path}'`))
  const length = lines.slice(from).findIndex(line => /^ {2}\}\)$/.test(line))
  if (from < 0 || length < 0) return undefined
  const code = lines.slice(from, from + length + 1).map(line => line.replace(/^ {2}/, ''))
  return html`<section class="both code">
<h2>The code behind this page</h2>
<pre tabindex="0" aria-label="Code"><code>${code.join('\n')}</code></pre>
<p class="soft">${FILE}, line ${from + 1}</p>
</section>`
}
