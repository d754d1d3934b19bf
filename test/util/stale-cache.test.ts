import assert from 'node:assert/strict'
import { StaleCache } from '../../src/util/stale-cache.js'
import { fakeClock } from '../support/clock.js'

describe('A document that is kept', () => {
  function setUp() {
    const clock = fakeClock(1000)
    const cache = new StaleCache<number>({ maxAge: 60, coolDown: 5, now: clock.now })
    const state = { loads: 0, broken: false }
    const load = async () => {
      state.loads += 1
      if (state.broken) throw new Error(`load ${state.loads} failed`)
      return state.loads
    }
    return { clock, cache, state, load }
  }

  it('is loaded when first wanted, and anew when it is too old', async () => {
    const { clock, cache, load } = setUp()
    assert.equal(await cache.get(load), 1)
    clock.advance(59.9)
    assert.equal(await cache.get(load), 1)
    clock.advance(0.1)
    assert.equal(await cache.get(load), 2)
  })

  it('is loaded anew also when the clock was set back', async () => {
    const { clock, cache, load } = setUp()
    await cache.get(load)
    clock.advance(-3600)
    assert.equal(await cache.get(load), 2)
    assert.equal(await cache.get(load), 2)
  })

  it('is loaded once for all who come meanwhile, whichever way they ask', async () => {
    const { cache, load } = setUp()
    const all = [cache.get(load), cache.reload(load), cache.get(load), cache.reload(load)]
    assert.deepEqual(await Promise.all(all), [1, 1, 1, 1])
  })

  it('serves on when it can not be had anew, which is tried once per cool-down', async () => {
    const { clock, cache, state, load } = setUp()
    await cache.get(load)
    clock.advance(60)
    state.broken = true
    assert.deepEqual(await Promise.all([cache.get(load), cache.get(load)]), [1, 1])
    assert.equal(await cache.get(load), 1)
    assert.deepEqual([state.loads, cache.retryAfter], [2, 5])
    clock.advance(5)
    state.broken = false
    assert.equal(await cache.get(load), 3)
  })

  it('is not there at all when it never could be had: the failure is', async () => {
    const { clock, cache, state, load } = setUp()
    state.broken = true
    await assert.rejects(cache.get(load), /load 1/)
    await assert.rejects(cache.get(load), /load 1/)
    await assert.rejects(cache.reload(load), /load 1/)
    clock.advance(5)
    await assert.rejects(cache.get(load), /load 2/)
  })

  it('is reloaded for whom it did not serve, once per cool-down', async () => {
    const { clock, cache, state, load } = setUp()
    await cache.get(load)
    assert.deepEqual(await Promise.all([cache.reload(load), cache.reload(load)]), [2, 2])
    assert.equal(await cache.reload(load), 2)
    clock.advance(5)
    assert.equal(await cache.reload(load), 3)
    assert.equal(state.loads, 3)
  })

  it('that can not be reloaded does not pass for the newest one, and serves the others', async () => {
    const { clock, cache, state, load } = setUp()
    await cache.get(load)
    state.broken = true
    await assert.rejects(cache.reload(load), /load 2/)
    await assert.rejects(cache.reload(load), /load 2/)
    assert.equal(await cache.get(load), 1)
    clock.advance(5)
    await assert.rejects(cache.reload(load), /load 3/)
    assert.equal(state.loads, 3)
  })

  it('survives a load that throws before it begins', async () => {
    const { clock, cache, load } = setUp()
    const broken = () => {
      throw new Error('at once')
    }
    await assert.rejects(cache.get(broken), /at once/)
    clock.advance(5)
    assert.equal(await cache.get(load), 1)
  })
})
