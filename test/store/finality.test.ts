import { Logins } from '../../src/store/logins.js'
import { RefreshRejectedError } from '../../src/store/renewals.js'
import { explore } from './checker/explore.js'
import { scenarios } from './checker/scenarios.js'

describe('A logout is final, and ends nothing else, in every order of', function () {
  this.timeout(600_000) // thousands of orders, on whatever machine
  for (const [name, scenario] of Object.entries(scenarios)) {
    it(name, async () => {
      await explore(scenario, { Logins, RefreshRejectedError })
    })
  }
})
