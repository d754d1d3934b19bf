import assert from 'node:assert/strict'
import { DeadlineError, withDeadline } from '../../src/util/deadline.js'

describe('A deadline', () => {
  it('leaves what is in time as it is', async () => {
    assert.equal(await withDeadline(Promise.resolve('in time'), 1), 'in time')
    await assert.rejects(withDeadline(Promise.reject(new RangeError('own')), 1), RangeError)
  })

  it('ends the waiting for what never comes', async () => {
    await assert.rejects(withDeadline(new Promise(() => {}), 0.01), DeadlineError)
  })

  it('of a year is no deadline of a moment', async () => {
    const soon = new Promise(resolve => setImmediate(() => setImmediate(resolve, 'in time')))
    assert.equal(await withDeadline(soon, 31_536_000), 'in time')
    const later = new Promise(resolve => setTimeout(resolve, 20, 'in time'))
    assert.equal(await withDeadline(later, 31_536_000), 'in time')
  })
})
