import assert from 'node:assert/strict'
import { LruMap } from '../../src/util/lru-map.js'

describe('A map with a bound', () => {
  const one = { n: 1 }
  const two = { n: 2 }
  const three = { n: 3 }

  it('forgets what was used longest ago, reading included', () => {
    const map = new LruMap<object>(2)
    map.set('one', one)
    map.set('two', two)
    assert.equal(map.get('one'), one)
    map.set('three', three)
    assert.deepEqual([map.get('one'), map.get('two'), map.get('three')], [one, undefined, three])
    assert.equal(map.size, 2)
  })

  it('counts what is written again as one, and as used', () => {
    const map = new LruMap<object>(2)
    map.set('one', one)
    map.set('two', two)
    map.set('one', three)
    assert.equal(map.size, 2)
    map.set('three', three)
    assert.deepEqual([map.get('one'), map.get('two')], [three, undefined])
  })

  it('forgets what it is told to', () => {
    const map = new LruMap<object>(2)
    map.set('one', one)
    map.delete('one')
    assert.deepEqual([map.get('one'), map.size], [undefined, 0])
  })
})
