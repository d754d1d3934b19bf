import type { Finding } from './findings.js'

/** What the doctor found. */
export interface Report {
  /** Whether nothing is wrong, as far as it was looked at. */
  readonly healthy: boolean
  /** Errors first. */
  readonly findings: readonly Finding[]
  /** What was looked at. */
  readonly examined: readonly string[]
  /** What could not be looked at, and why. */
  readonly unexamined: readonly { readonly what: string; readonly why: string }[]
}

/** Thrown by a probe that has nothing to go by: no finding, and no clean bill of health either. */
export class Unexamined extends Error {
  override name = 'Unexamined'
}
