import { type ChildProcess, fork } from 'node:child_process'
import { join } from 'node:path'
import type { Order, Report, Result } from './messages.js'

/** Longest without a word of a worker, in milliseconds: a mutant that goes round for ever holds its thread. */
const SILENCE = 20_000
/** While no mutant is active, or files are loaded. */
const LONG_SILENCE = 300_000

export type Ending = Result | 'hung' | 'died'

/** A worker as the main process sees it: it is started when it is first needed, and anew after it died. */
export class WorkerProcess {
  readonly #folder: string
  readonly #files: readonly string[]
  readonly #mutant: string | undefined
  #child: ChildProcess | undefined

  /** With `mutant`, that one is active from the start, while the files are loaded. */
  constructor(folder: string, files: readonly string[], mutant?: string) {
    this.#folder = folder
    this.#files = files
    this.#mutant = mutant
  }

  async run(order: Order): Promise<Ending> {
    if (!this.#child) {
      const started = await this.#await(this.#start(), 'ready', LONG_SILENCE)
      if (typeof started === 'string') return started
    }
    const child = this.#child
    if (!child) return 'died'
    child.send(order)
    const ending = await this.#await(child, 'done', order.mutant === undefined ? LONG_SILENCE : SILENCE)
    return typeof ending === 'string' || ending.kind === 'done' ? (ending as Ending) : 'died'
  }

  stop(): void {
    this.#child?.removeAllListeners()
    this.#child?.kill('SIGKILL')
    this.#child = undefined
  }

  #start(): ChildProcess {
    const env = { ...process.env, ...(this.#mutant !== undefined && { MUTANT: this.#mutant }) }
    this.#child = fork(join(this.#folder, 'test/support/mutation/worker.ts'), this.#files, {
      cwd: this.#folder,
      env,
      execArgv: ['--import=tsx'],
      stdio: ['ignore', 'ignore', process.env.MUTATION_LOG ? 'inherit' : 'ignore', 'ipc'],
    })
    return this.#child
  }

  #await(child: ChildProcess, kind: Report['kind'], silence: number): Promise<Report | 'hung' | 'died'> {
    return new Promise(resolve => {
      const end = (ending: Report | 'hung' | 'died') => {
        clearTimeout(timer)
        child.removeAllListeners()
        if (typeof ending === 'string') this.stop()
        resolve(ending)
      }
      const timer = setTimeout(() => end('hung'), silence)
      child.on('message', (report: Report) => {
        if (report.kind === kind) end(report)
        else timer.refresh()
      })
      child.on('exit', () => end('died'))
    })
  }
}
