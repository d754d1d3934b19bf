import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Logins } from '../../src/store/logins.js'
import { RefreshRejectedError } from '../../src/store/renewals.js'
import { run } from './checker/explore.js'
import { mutate } from './checker/mutate.js'
import { end, endBySid, endBySub, inTurn, login, renew } from './checker/scenarios.js'
import { type Actor, type LoginsModule, Violation } from './checker/world.js'

const sub = fc.constantFrom('alice', 'bob')
const sid = fc.constantFrom('A', 'B')
const time = fc.integer({ min: 9, max: 12 })

/** A browser that logs in, has its tokens renewed some times, and logs out or not. */
const browser = fc
  .record({ sub, sid, issuedAt: time, renewals: fc.nat(3), logsOut: fc.boolean() })
  .map(({ renewals, logsOut, ...spec }): Actor => {
    return async (world, name) => {
      await login(spec)(world, name)
      for (let i = 0; i < renewals; i++) await renew(name)(world, name)
      if (logsOut) await end(name)(world, name)
    }
  })

/** Logout requests, one after the other; without a time they are the application's own. */
const logouts = fc
  .array(
    fc.oneof(
      fc.tuple(sid, fc.option(time, { nil: undefined })).map(([id, until]) => endBySid(id, until)),
      fc.tuple(sub, fc.option(time, { nil: undefined })).map(([id, until]) => endBySub(id, until)),
    ),
    { minLength: 1, maxLength: 4 },
  )
  .map(actors => inTurn(...actors))

/** Somebody else's request that renews the first login: another tab, another process. */
const otherTab = fc.nat(3).map(times => inTurn(...Array.from({ length: times }, () => renew('browser 0'))))

const story = fc.record({
  browsers: fc.array(browser, { minLength: 1, maxLength: 4 }),
  logouts: fc.array(logouts, { maxLength: 3 }),
  tabs: fc.array(otherTab, { maxLength: 2 }),
  order: fc.infiniteStream(fc.nat(1000)),
})

function property(logins: LoginsModule) {
  return fc.asyncProperty(story, async ({ browsers, logouts, tabs, order }) => {
    const actors = (kind: string, list: Actor[]) => list.map((actor, i) => [`${kind} ${i}`, actor])
    const meanwhile = Object.fromEntries([
      ...actors('browser', browsers),
      ...actors('logouts', logouts),
      ...actors('tab', tabs),
    ])
    await run({ meanwhile }, logins, (due, world) => {
      world.check()
      return due[order.next().value % due.length]
    })
  })
}

describe('In long stories of many browsers, tabs and logouts', function () {
  this.timeout(60_000)
  it('a logout is final, ends nothing else, and a later one finds every login', async () => {
    await fc.assert(property({ Logins, RefreshRejectedError }), { numRuns: 800 })
  })

  it('what is wrong is found', async () => {
    const wrong = await mutate([
      [
        'if (record === undefined || !isCovered(record)) return false',
        'if (!record) await this.#store.removeMember(this.#keys.ofSub("alice"), hash)\n    if (record === undefined || !isCovered(record)) return false',
      ],
    ])
    const result = await fc.check(property(wrong), { numRuns: 1500, endOnFailure: true })
    assert.ok(result.errorInstance instanceof Violation)
  })
})
