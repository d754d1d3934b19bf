import assert from 'node:assert/strict'
import fc from 'fast-check'
import { Logins } from '../../src/store/logins.js'
import { RefreshRejectedError } from '../../src/store/renewals.js'
import { type Change, mutate } from './checker/mutate.js'
import { story, tell } from './checker/story.js'
import { type LoginsModule, Violation } from './checker/world.js'

/** STORIES=10000 for many; STORIES_SEED to have the same ones again. */
const STORIES = Number(process.env.STORIES ?? 300)
const SEED = Number(process.env.STORIES_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** What is wrong is found within so many of these. */
const FINDING = { numRuns: 10_000, seed: 1 }

const extend = '    await this.#index(hash, renewed, life)\n'
const replace =
  '    const written = await this.#store.replace(this.#keys.login(hash), this.#written(hash, renewed), life)\n'

const wrong: Record<string, readonly Change[]> = {
  'a renewal does not prolong the place in the index': [[extend, '']],
  'a renewal prolongs the login before its place in the index': [[extend + replace, replace + extend]],
}

const property = (module: LoginsModule, options = {}) =>
  fc.asyncProperty(story, told => tell(told, module, options))

async function isFound(module: LoginsModule, options = {}): Promise<void> {
  const result = await fc.check(property(module, options), { ...FINDING, endOnFailure: true })
  assert.ok(result.errorInstance instanceof Violation, `${result.errorInstance}`)
  console.log(`      found by story ${result.numRuns}`)
}

describe('Over two processes, while time passes, writes and answers are lost and writes come late', function () {
  this.timeout(120_000 + STORIES * 100)

  it(`a logout is final and finds every login in ${STORIES} stories (STORIES_SEED=${SEED})`, async () => {
    const module = { Logins, RefreshRejectedError }
    await fc.assert(property(module), { numRuns: STORIES, seed: SEED, endOnFailure: true })
  })

  it('it is found when a place in an index may end before its login', async () => {
    await isFound({ Logins, RefreshRejectedError }, { shortens: true })
  })

  for (const [name, changes] of Object.entries(wrong)) {
    it(`it is found when ${name}`, async () => {
      await isFound(await mutate(changes))
    })
  }
})
