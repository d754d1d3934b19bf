import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')
export const readme = readFileSync(join(root, 'README.md'), 'utf8')

export interface Block {
  language: string
  /** Line of the README on which its code begins. */
  line: number
  code: string
}

/** Every fenced block of the README. */
export function blocks(): Block[] {
  return [...readme.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ({ 1: language = '', 2: code = '', index }) => ({
      language,
      code,
      line: readme.slice(0, index).split('\n').length + 1,
    }),
  )
}

/** Cells of the tables under a heading, row by row; only rows that begin with a name in backquotes. */
export function rowsUnder(heading: string): string[][] {
  const parts = readme.split(/^#+ (.*)$/m)
  const at = parts.indexOf(heading)
  if (at < 0) throw new Error(`The README has no "${heading}"`)
  const rows = (parts[at + 1] ?? '').split('\n').filter(line => line.startsWith('| `'))
  return rows.map(row =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}
