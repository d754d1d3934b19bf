import type { Mutant } from './instrument.js'
import type { Durations } from './messages.js'
import { WorkerProcess } from './worker-process.js'

export type Verdict = 'killed' | 'hung' | 'survived' | 'unreached'

/** Tests that reach a mutant, and whether it runs while files are loaded. */
export interface Reached {
  tests: Durations
  loading: boolean
}

/** Recycled after so many mutants: what they leave behind adds up. */
const LIFE = 150

/** Tries mutants, one after the other, in a worker of its own. */
export class Judge {
  readonly #folder: string
  readonly #files: readonly string[]
  #worker: WorkerProcess
  #tried = 0

  constructor(folder: string, files: readonly string[]) {
    this.#folder = folder
    this.#files = files
    this.#worker = new WorkerProcess(folder, files)
  }

  async verdict(mutant: Mutant, { tests, loading }: Reached): Promise<Verdict> {
    if (Object.keys(tests).length === 0) return 'unreached'
    if (++this.#tried % LIFE === 0) this.#worker.stop()
    const verdict = await this.#whileRunning(mutant.id, tests)
    return verdict === 'survived' && loading ? this.#whileLoading(mutant.id, tests) : verdict
  }

  stop(): void {
    this.#worker.stop()
  }

  /** A test that fails counts if it passes without the mutant, in the same process; else once more in a new one. */
  async #whileRunning(mutant: string, tests: Durations, again = true): Promise<Verdict> {
    const ending = await this.#worker.run({ mutant, tests })
    if (ending === 'hung') return 'hung'
    if (ending === 'died') return again ? this.#whileRunning(mutant, tests, false) : 'killed'
    const [failed] = ending.failed
    if (failed === undefined) return 'survived'
    const control = await this.#worker.run({ tests: only(failed, tests) })
    if (typeof control === 'object' && control.failed.length === 0) return 'killed'
    this.#worker.stop()
    return again ? this.#whileRunning(mutant, tests, false) : 'survived'
  }

  /** The mutant is active in a new process, before the first file is loaded. A failure has to come twice. */
  async #whileLoading(mutant: string, tests: Durations): Promise<Verdict> {
    const files = this.#files.filter(file =>
      Object.keys(tests).some(test => test.startsWith(`${this.#folder}/${file}/`)),
    )
    const worker = new WorkerProcess(this.#folder, files, mutant)
    try {
      const ending = await worker.run({ mutant, tests })
      if (typeof ending === 'string') return ending === 'hung' ? 'hung' : 'killed'
      if (ending.failed.length === 0) return 'survived'
      const second = await worker.run({ mutant, tests: only(ending.failed[0] ?? '', tests) })
      return typeof second === 'object' && second.failed.length === 0 ? 'survived' : 'killed'
    } finally {
      worker.stop()
    }
  }
}

/** The test that failed; every test, where a hook of a suite did. */
function only(failed: string, tests: Durations): Durations {
  const before = tests[failed]
  return before === undefined ? tests : { [failed]: before }
}
