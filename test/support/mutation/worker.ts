/**
 * Runs chosen tests with a chosen mutant active, as often as it is told to, in a process of its own. The test
 * files are loaded once; tests that are not to run are left out of the tree of suites.
 */
import Mocha, { type Suite, type Test } from 'mocha'
import { mochaGlobalSetup } from '../install.js'
import type { Coverage, Durations, Order, Report, Result } from './messages.js'

/** Longest that a test may take while a mutant is active, in multiples of what it took without one. */
const PATIENCE = 5
const GRACE_MS = 3000

/** What instrumented code asks, and where it writes what it ran. */
interface Switch {
  activeMutant?: string
  currentTestId?: string
  mutantCoverage?: { static: object; perTest: Record<string, object> }
}

const stryker: Switch = {}
Object.assign(globalThis, { __stryker__: stryker })
const { MUTANT } = process.env
if (MUTANT !== undefined) stryker.activeMutant = MUTANT

const tell = (report: Report) => process.send?.(report)

/** Mocha's reporter: says that the worker lives, and under which name coverage is written. */
class Listener {
  constructor(runner: Mocha.Runner) {
    survive(runner)
    runner.on('suite', suite => {
      stryker.currentTestId = `hooks of ${idOf(suite)}`
    })
    runner.on('test', test => {
      stryker.currentTestId = idOf(test)
    })
    runner.on('test end', () => tell({ kind: 'alive' }))
  }
}

const mocha = new Mocha({ timeout: 10_000, reporter: Listener as unknown as Mocha.ReporterConstructor })
mocha.cleanReferencesAfterRun(false)
for (const file of process.argv.slice(2)) mocha.addFile(file)
await mocha.loadFilesAsync()
mocha.files = [] // they are loaded: else a run loads them again
mochaGlobalSetup()

const ids = new Map<object, string>()
const whole = new Map<Suite, { suites: Suite[]; tests: Test[] }>()
number(mocha.suite, '')
process.on('message', (order: Order) => void run(order).then(tell))
process.on('disconnect', () => process.exit())
tell({ kind: 'ready' })

/** Mocha throws what arrives after a test has ended, which ends the process: the test's own end is enough. */
function survive(runner: Mocha.Runner & { uncaught?: (error: unknown) => void }): void {
  const { uncaught } = runner
  runner.uncaught = error => {
    try {
      uncaught?.(error)
    } catch {}
  }
}

function idOf(one: object): string {
  return ids.get(one) ?? ''
}

/** Names every suite and test by its place in its file, the same in every process. */
function number(suite: Suite, name: string): void {
  whole.set(suite, { suites: suite.suites, tests: suite.tests })
  ids.set(suite, name)
  suite.tests.forEach((test, place) => {
    ids.set(test, `${name}#${place}`)
  })
  const seen = new Map<string, number>()
  for (const inner of suite.suites) {
    const parent = suite.root ? (inner.file ?? '') : name
    const place = seen.get(parent) ?? 0
    seen.set(parent, place + 1)
    number(inner, `${parent}/${place}`)
  }
}

async function run({ mutant, tests }: Order): Promise<Result> {
  choose(mocha.suite, tests)
  if (mutant !== undefined) stryker.activeMutant = mutant
  else if (MUTANT === undefined) delete stryker.activeMutant
  const failed: string[] = []
  const passed: Durations = {}
  await new Promise<void>(resolve => {
    const runner = mocha.run(() => resolve())
    runner.on('pass', test => {
      passed[idOf(test)] = test.duration ?? 0
    })
    runner.on('fail', failing => failed.push(idOf(failing) || idOf(failing.ctx?.currentTest ?? {})))
  })
  return { kind: 'done', failed, passed, ...(tests === undefined && { coverage: coverage() }) }
}

/** Leaves in the tree what is to run, the quickest first. Returns how long it took before. */
function choose(suite: Suite, wanted: Durations | undefined): number {
  const { suites, tests } = whole.get(suite) ?? { suites: [], tests: [] }
  suite.bail(wanted !== undefined)
  suite.suites = suites
  suite.tests = tests
  if (!wanted) return suites.reduce((sum, inner) => sum + choose(inner, wanted), tests.length)
  suite.tests = tests.filter(test => wanted[idOf(test)] !== undefined)
  for (const test of suite.tests) test.timeout(GRACE_MS + PATIENCE * (wanted[idOf(test)] ?? 0))
  const costs = suites.map(inner => [inner, choose(inner, wanted)] as const).filter(([, cost]) => cost > 0)
  suite.suites = costs.sort(([, a], [, b]) => a - b).map(([inner]) => inner)
  const own = suite.tests.reduce((sum, test) => sum + 1 + (wanted[idOf(test)] ?? 0), 0)
  return costs.reduce((sum, [, cost]) => sum + cost, own)
}

/** What the hooks of a suite run counts for every test in it. */
function coverage(): Coverage {
  const { perTest = {}, static: loading = {} } = stryker.mutantCoverage ?? {}
  const reached: Record<string, string[]> = {}
  const walk = (suite: Suite, above: string[]): void => {
    const hooks = [...above, ...Object.keys(perTest[`hooks of ${idOf(suite)}`] ?? {})]
    for (const test of suite.tests) {
      reached[idOf(test)] = [...new Set([...hooks, ...Object.keys(perTest[idOf(test)] ?? {})])]
    }
    for (const inner of suite.suites) walk(inner, hooks)
  }
  walk(mocha.suite, [])
  return { perTest: reached, static: Object.keys(loading) }
}
