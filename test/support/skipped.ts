import type { Suite, Test } from 'mocha'

let skipped: string[] = []

/**
 * Every test that was not run is named at the end, where it is seen. In continuous integration that is a
 * failure: there, everything can be had that a test needs.
 */
export const mochaHooks = {
  afterAll(this: Mocha.Context): void {
    const { parent } = this.test ?? {}
    skipped = parent ? pendingTests(parent).map(test => test.fullTitle()) : []
    if (skipped.length && process.env.CI === 'true') {
      throw new Error(`Skipped, though CI=true:\n${list(skipped)}`)
    }
  },
}

export function mochaGlobalTeardown(): void {
  if (skipped.length) console.log(`Skipped, and not to be taken as passed:\n${list(skipped)}`)
}

function pendingTests(suite: Suite): Test[] {
  return [...suite.tests.filter(test => test.isPending()), ...suite.suites.flatMap(pendingTests)]
}

const list = (titles: string[]) => titles.map(title => `  - ${title}`).join('\n')
