import type { Mutant } from './instrument.js'

/** A change that no test can notice, or need not, and why. `line` is the source as it is written. */
interface Allowance {
  file: string
  line: string
  replacement: string
  why: string
}

const ALLOWED: Allowance[] = []

export function allowed(mutant: Mutant): boolean {
  return ALLOWED.some(
    ({ file, line, replacement }) =>
      file === mutant.file && line === mutant.text && replacement === mutant.replacement,
  )
}
