/**
 * Changes the source in one place at a time, and runs the tests that reach it: a change that no test notices is a
 * line that is not needed, or a test that is missing. See README.md.
 */
import { rmSync } from 'node:fs'
import { join } from 'node:path'
import { allowed } from './allowed.js'
import { argumentsOf } from './arguments.js'
import { cover } from './coverage.js'
import { instrumentedCopy, type Mutant } from './instrument.js'
import { Judge, type Verdict } from './judge.js'
import { sampleOf } from './sample.js'
import { describe, table } from './table.js'

const LOWEST_SCORE = 95

const root = join(import.meta.dirname, '../../..')
const { sources, tests, workers, sample, seed } = argumentsOf(root, process.argv.slice(2))
const { folder, mutants } = await instrumentedCopy(root, sources)
process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
process.on('SIGINT', () => process.exit(130))
process.on('SIGTERM', () => process.exit(143))

const candidates = mutants.filter(mutant => !allowed(mutant))
const chosen = sample === undefined ? candidates : sampleOf(candidates, sample, seed)
console.log(
  `${mutants.length} mutants in ${sources.length} files, ${mutants.length - candidates.length} allowed`,
)
if (sample !== undefined) console.log(`A sample of ${chosen.length}: --sample ${sample} --seed ${seed}`)
const covered = await cover(folder, tests, workers)
console.log(`${covered.tests} tests in ${tests.length} files pass`)
for (const test of covered.failed) console.log(`Fails with no mutant active, and is left out: ${test}`)

const verdicts = new Map<Mutant, Verdict>()
const queue = [...chosen].sort(
  (a, b) => Number(covered.reached(a.id).loading) - Number(covered.reached(b.id).loading),
)
await Promise.all(Array.from({ length: workers }, () => work(new Judge(folder, tests))))
console.log(table(verdicts))
const alive = [...verdicts].filter(([, verdict]) => verdict === 'survived' || verdict === 'unreached')
const score = 100 - (100 * alive.length) / Math.max(1, verdicts.size)
process.exit(score >= LOWEST_SCORE ? 0 : 1)

async function work(judge: Judge): Promise<void> {
  for (let mutant = queue.shift(); mutant; mutant = queue.shift()) {
    const verdict = await judge.verdict(mutant, covered.reached(mutant.id))
    verdicts.set(mutant, verdict)
    if (verdict !== 'killed') console.log(`${verdict} ${describe(mutant)}`)
    if (verdicts.size % 100 === 0) console.log(`${verdicts.size} of ${chosen.length}`)
  }
  judge.stop()
}
