import assert from 'node:assert/strict'
import { CoolDown } from '../../src/util/cool-down.js'
import { fakeClock } from '../support/clock.js'

describe('A cool-down', () => {
  it('lasts its time from its latest start', () => {
    const clock = fakeClock(1000)
    const pause = new CoolDown(5, clock.now)
    assert.equal(pause.active, false)
    pause.start()
    clock.advance(4)
    assert.deepEqual([pause.active, pause.remaining], [true, 1])
    pause.start()
    clock.advance(4)
    assert.equal(pause.active, true)
    clock.advance(1)
    assert.deepEqual([pause.active, pause.remaining], [false, 0])
  })

  it('does not last an hour because the clock was set back by one', () => {
    const clock = fakeClock(10_000)
    const pause = new CoolDown(5, clock.now)
    pause.start()
    clock.advance(-3600)
    assert.equal(pause.active, false)
  })
})
