import * as module from '../../src/store/logins.js'
import { explore } from './checker/explore.js'
import { scenarios } from './checker/scenarios.js'

describe('A logout is final, and ends nothing else, in every order of', () => {
  for (const [name, scenario] of Object.entries(scenarios)) {
    it(name, async () => {
      const explored = await explore(scenario, module)
      if (process.env.SHOW_STATES) console.log(explored)
    })
  }
})
