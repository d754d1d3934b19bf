import assert from 'node:assert/strict'
import * as fc from 'fast-check'
import { bytesInCookie, fromCookieText, toCookieText } from '../../src/util/cookie-text.js'

describe('toCookieText', () => {
  it('writes only what a cookie can hold, and every text can be read again', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'grapheme' }), { minLength: 1 }), texts => {
        const value = toCookieText(texts)
        assert.match(value, /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/)
        assert.deepEqual(fromCookieText(value), texts)
      }),
    )
  })

  it('leaves an address as long as it is, and counts what it has to write in another way', () => {
    const address = '/orders/7?sort=date&q=%C3%A9#top'
    assert.equal(toCookieText([address]), address)
    assert.equal(bytesInCookie(address), address.length)
    assert.equal(bytesInCookie('/?\\|^é'), 2 + 3 + 3 + 3 + 6)
  })

  it('is not read from what it did not write', () => {
    assert.equal(fromCookieText('^zz'), undefined)
    assert.equal(fromCookieText('^ff'), undefined)
  })
})
