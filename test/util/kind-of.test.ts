import assert from 'node:assert/strict'
import { runInNewContext } from 'node:vm'
import { isPlainObject, kindOf } from '../../src/util/kind-of.js'

describe('The kind of a value', () => {
  for (const [value, kind] of [
    [undefined, 'undefined'],
    [null, 'null'],
    [Number.NaN, 'NaN'],
    ['', 'an empty string'],
    ['hunter2', 'a string'],
    [7, 'a number'],
    [7n, 'a bigint'],
    [true, 'a boolean'],
    [Symbol('hunter2'), 'a symbol'],
    [() => 0, 'a function'],
    [[], 'an empty array'],
    [['hunter2'], 'an array'],
    [{ hunter2: 'hunter2' }, 'an object'],
    [Promise.resolve(), 'a promise, which has to be awaited'],
    [{ app: 0, req: 0, res: 0, state: {} }, 'the context of a request'],
  ] as const) {
    it(`is ${kind}`, () => assert.equal(kindOf(value), kind))
  }
})

describe('A plain object', () => {
  it('is one that is written down, or read from JSON, in whatever realm', () => {
    for (const value of [{}, { a: 1 }, JSON.parse('{}'), Object.create(null), runInNewContext('({})')])
      assert.ok(isPlainObject(value))
  })

  it('is no instance of a class, and nothing with a prototype of its own', () => {
    class Options {}
    for (const value of [new Options(), new Map(), Object.create({ acr: 'gold' }), [], () => 0, null, 'text'])
      assert.ok(!isPlainObject(value))
  })
})
