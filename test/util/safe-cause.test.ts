import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { errors } from 'jose'
import { safeCause } from '../../src/util/safe-cause.js'

const show = (error: unknown) => inspect(safeCause(error), { depth: 10 })

describe('What is kept of an error below', () => {
  it('is names, messages, codes and places of the whole chain', () => {
    const refused = Object.assign(new Error('connect ECONNREFUSED 127.0.0.1:1'), { code: 'ECONNREFUSED' })
    const copy = safeCause(new TypeError('fetch failed', { cause: refused }))
    assert.deepEqual([copy.name, copy.message], ['TypeError', 'fetch failed'])
    assert.match(copy.stack ?? '', /safe-cause\.test/)
    const { message, code } = copy.cause as Error & { code: string }
    assert.deepEqual([message, code], [refused.message, 'ECONNREFUSED'])
  })

  it('is nothing that hangs on it: responses, parameters, claims', () => {
    const error = Object.assign(new Error('no', { cause: { token: 'SECRET' } }), { response: 'SECRET' })
    assert.doesNotMatch(show(error), /SECRET/)
    assert.doesNotMatch(show('SECRET'), /SECRET/)
  })

  it('is no text that JSON.parse, Headers, jose or Redis quote', () => {
    const thrown = (throwing: () => unknown) => {
      try {
        throwing()
      } catch (error) {
        return error
      }
      throw new Error('It did not throw')
    }
    const all = [
      thrown(() => JSON.parse('SECRET')),
      thrown(() => JSON.parse('{"a": SECRET}')),
      thrown(() => new Headers({ authorization: 'Bearer SECRET\nX' })),
      thrown(() => new URL('SECRET')),
      new errors.JOSENotSupported('Extension Header Parameter "SECRET" is not recognized'),
      new Error(`ERR unknown command 'SET', with args beginning with: 'SECRET' '{"SECRET`),
      new Error('a first line\n    at SECRET (SECRET:1:1)'),
    ]
    for (const error of all) assert.doesNotMatch(show(error), /SECRET/)
  })

  it('is still worth reading', () => {
    assert.equal(safeCause(new Error("WRONGTYPE isn't right")).message, "WRONGTYPE isn't right")
    assert.equal(safeCause(new Error("ERR unknown command 'X'")).message, 'ERR unknown command …')
    const { message } = safeCause(
      new errors.JWTClaimValidationFailed('unexpected "aud" claim value', {}, 'aud'),
    )
    assert.equal(message, 'unexpected "aud" claim value')
  })

  it('ends, however long the chain, and when it goes in a circle', () => {
    const circle = new Error('round')
    circle.cause = circle
    let depth = 0
    for (let e: unknown = safeCause(circle); e instanceof Error; e = e.cause) depth += 1
    assert.equal(depth, 5)
  })
})
