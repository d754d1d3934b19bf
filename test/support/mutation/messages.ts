/** What the main process and its workers tell each other. Tests go by ids, which every worker gives alike. */

/** Milliseconds that tests take, by id. */
export type Durations = Record<string, number>

/** Runs tests with a mutant active, or with the code as it is. */
export interface Order {
  mutant?: string
  /** Milliseconds that each test to run took before. Every test there is, when left out. */
  tests?: Durations
}

/** Which tests reach which mutants. */
export interface Coverage {
  perTest: Record<string, string[]>
  /** Mutants that run while files are loaded. */
  static: string[]
}

export interface Result {
  kind: 'done'
  /** The tests that failed. */
  failed: string[]
  /** Milliseconds that each of the others took. */
  passed: Durations
  /** After a run of every test. */
  coverage?: Coverage
}

export type Report = { kind: 'ready' } | { kind: 'alive' } | Result
