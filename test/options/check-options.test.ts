import assert from 'node:assert/strict'
import { checkOptions } from '../../src/check-options.js'
import {
  type Checks,
  listOf,
  neverUndefined,
  required,
  seconds,
  withDefault,
  word,
} from '../../src/util/checks.js'

interface Options {
  name: string
  age?: number | undefined
  life?: number | undefined
  scopes?: readonly string[]
}

const table = {
  name: required(word),
  age: seconds(100),
  life: withDefault(seconds(100), 10),
  scopes: neverUndefined(listOf(word)),
} satisfies Checks<Options>

const check = (options: object) => checkOptions('f()', options as Options, table)

describe('checkOptions', () => {
  it('gives what was given, with the defaults for what was not', () => {
    assert.deepEqual(check({ name: 'a' }), { name: 'a', life: 10 })
    assert.deepEqual(check({ name: 'a', age: undefined, life: undefined }), { name: 'a', life: 10 })
    assert.deepEqual(check({ name: 'a', age: 1, life: 2, scopes: ['b'] }), {
      name: 'a',
      age: 1,
      life: 2,
      scopes: ['b'],
    })
  })

  it('keeps what was checked, whatever becomes of the object and its lists', () => {
    const scopes = ['orders']
    const options: Options = { name: 'a', scopes }
    const checked = check(options)
    options.name = 'two words'
    scopes.pop()
    assert.deepEqual(checked, { name: 'a', life: 10, scopes: ['orders'] })
    assert.ok(Object.isFrozen(checked) && Object.isFrozen(checked.scopes))
  })

  for (const [options, text] of [
    [{}, 'name is missing. It has to be a non-empty string without blanks.'],
    [{ name: undefined }, 'name is there, but undefined. It has to be a non-empty string without blanks.'],
    [{ name: 'a', scopes: undefined }, /^scopes is there, but undefined\./],
    [{ name: 7 }, 'name has to be a non-empty string without blanks, but is a number.'],
    [
      { name: 'a', scopes: ['b', null] },
      /^scopes has to be an array, .*, but is an array with null in it\.$/,
    ],
    [{ name: 'a', age: 0 }, /^age has to be a number of seconds, above 0 and at most 100, but is less\.$/],
    [{ name: 'a', ages: 1 }, 'there is no option ages. Did you mean age?'],
    [{ name: 'a', other: 1 }, 'there is no option other. There are name, age, life, scopes.'],
    [{ name: 'a', constructor: 1 }, /^there is no option constructor\./],
    [JSON.parse('{"name":"a","__proto__":{"age":1}}'), /^there is no option __proto__\./],
    [{ name: 'a', '<script>': 1 }, /^there is no option of that name\./],
  ] as [object, string | RegExp][]) {
    it(`says: ${text}`, () => {
      const begin = 'The options are not usable. f(): '
      const matches = ({ code, message }: Error & { code?: string }) => {
        assert.equal(code, 'invalid_options')
        assert.ok(message.startsWith(begin))
        const words = message.slice(begin.length)
        if (typeof text === 'string') assert.equal(words, text)
        else assert.match(words, text)
        return true
      }
      assert.throws(() => check(options), matches)
    })
  }
})
