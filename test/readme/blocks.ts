import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

export const root = join(import.meta.dirname, '../..')

/** The documents that come with the package: a link in them leads to one of them, or to the web. */
export const packed = [
  'README.md',
  'CHANGELOG.md',
  'src/README.md',
  'example/README.md',
  'test/bench/README.md',
  'test/keycloak/README.md',
  'test/outage/README.md',
]
export const documents = [...packed, '.github/CONTRIBUTING.md', '.github/SECURITY.md'].filter(path =>
  existsSync(join(root, path)),
)

export function read(path: string): string {
  return readFileSync(join(root, path), 'utf8')
}

export const introduction = read('README.md')
export const reference = read('src/README.md')

export interface Block {
  language: string
  /** Line of the document on which its code begins. */
  line: number
  code: string
}

/** Every fenced block of a document. */
export function blocks(markdown: string): Block[] {
  return [...markdown.matchAll(/^```(\w*)\n(.*?)^```$/gms)].map(
    ({ 1: language = '', 2: code = '', index }) => ({
      language,
      code,
      line: markdown.slice(0, index).split('\n').length + 1,
    }),
  )
}

/** Cells of the tables under a heading of the reference, row by row; only rows that begin with a name in backquotes. */
export function rowsUnder(heading: string): string[][] {
  const parts = reference.split(/^#+ (.*)$/m)
  const at = parts.indexOf(heading)
  if (at < 0) throw new Error(`The reference has no "${heading}"`)
  const rows = (parts[at + 1] ?? '').split('\n').filter(line => line.startsWith('| `'))
  return rows.map(row =>
    row
      .split(/(?<!\\)\|/)
      .slice(1, -1)
      .map(cell => cell.trim()),
  )
}
