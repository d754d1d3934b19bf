import type { Reached } from './judge.js'
import type { Result } from './messages.js'
import { WorkerProcess } from './worker-process.js'

export interface Covered {
  /** What reaches a mutant. */
  reached(mutant: string): Reached
  failed: string[]
  tests: number
}

/** Runs every test once, with no mutant active, and learns which tests reach which mutants. */
export async function cover(folder: string, files: string[], workers: number): Promise<Covered> {
  const shares = Array.from({ length: workers }, (_, n) => files.filter((_, index) => index % workers === n))
  const results = await Promise.all(
    shares.filter(share => share.length > 0).map(share => runOnce(folder, share)),
  )
  const tests = new Map<string, Record<string, number>>()
  const loading = new Set(results.flatMap(({ coverage }) => coverage?.static ?? []))
  for (const { passed, coverage } of results) {
    for (const [test, milliseconds] of Object.entries(passed)) {
      for (const mutant of coverage?.perTest[test] ?? []) {
        tests.set(mutant, Object.assign(tests.get(mutant) ?? {}, { [test]: milliseconds }))
      }
    }
  }
  const everything = Object.assign({}, ...results.map(({ passed }) => passed))
  return {
    reached: mutant => ({
      tests: tests.get(mutant) ?? (loading.has(mutant) ? everything : {}),
      loading: loading.has(mutant),
    }),
    failed: results.flatMap(({ failed }) => failed),
    tests: Object.keys(everything).length,
  }
}

async function runOnce(folder: string, files: string[]): Promise<Result> {
  const worker = new WorkerProcess(folder, files)
  const result = await worker.run({})
  worker.stop()
  if (typeof result === 'string')
    throw new Error(`The tests ${result} with no mutant active: ${files.join(' ')}`)
  return result
}
