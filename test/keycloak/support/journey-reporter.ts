import { writeFileSync } from 'node:fs'
import Mocha, { type Runner, type Test } from 'mocha'

/** How one journey ended. */
export interface Journey {
  suite: string
  title: string
  outcome: 'passed' | 'failed' | 'not there'
}

/** Mocha's own report, and the outcome of each journey in the file that `JOURNEYS` names. */
export default class JourneyReporter extends Mocha.reporters.Spec {
  constructor(runner: Runner, options: Mocha.MochaOptions) {
    super(runner, options)
    const journeys: Journey[] = []
    const note = (outcome: Journey['outcome']) => (test: Test) => {
      journeys.push({ suite: test.parent?.title ?? '', title: test.title, outcome })
    }
    runner.on('pass', note('passed'))
    runner.on('fail', note('failed'))
    runner.on('pending', note('not there'))
    runner.on('end', () => writeFileSync(process.env.JOURNEYS ?? '/dev/null', JSON.stringify(journeys)))
  }
}
