import assert from 'node:assert/strict'
import { escapeHtml } from '../../src/util/escape-html.js'

describe('escapeHtml', () => {
  it('leaves nothing that could end a text, or an attribute in either kind of quotes', () => {
    assert.equal(
      escapeHtml(`<a title="x" class='y'>&amp;</a>`),
      '&lt;a title=&quot;x&quot; class=&#39;y&#39;&gt;&amp;amp;&lt;/a&gt;',
    )
  })
})
