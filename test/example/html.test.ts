import assert from 'node:assert/strict'
import { html } from '../../example/support/html.js'

describe('The examples’ HTML', () => {
  it('escapes what is put into it, in text and in attributes', () => {
    const evil = `<script>"x" & 'y'</script>`
    const escaped = '&lt;script&gt;&quot;x&quot; &amp; &#39;y&#39;&lt;/script&gt;'
    assert.equal(`${html`<b title="${evil}">${evil}</b>`}`, `<b title="${escaped}">${escaped}</b>`)
  })

  it('takes HTML and lists of it as they are, and leaves out what is not there', () => {
    const items = ['<1>', 2].map(item => html`<li>${item}</li>`)
    assert.equal(`${html`<ul>${items}${undefined}${false}</ul>`}`, '<ul><li>&lt;1&gt;</li><li>2</li></ul>')
  })
})
