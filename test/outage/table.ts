import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { COLUMNS, type Row } from './probes.js'

const path = join(import.meta.dirname, 'README.md')

/** A Markdown table of outages; those that make no difference to anybody share a line. */
export function table(heading: string, rows: Map<string, Row>): string {
  const lines = new Map<string, string[]>()
  for (const [outage, row] of rows) {
    const cells = COLUMNS.map(column => row[column]).join(' | ')
    lines.set(cells, [...(lines.get(cells) ?? []), outage])
  }
  return [
    `| ${heading} | ${COLUMNS.join(' | ')} |`,
    `|---|${COLUMNS.map(() => '---|').join('')}`,
    ...[...lines].map(([cells, outages]) => `| ${outages.join('; ')} | ${cells} |`),
  ].join('\n')
}

/**
 * What this folder's README has between two comments of this name. With UPDATE_README=1 it gets what was observed
 * instead: then have a look at the difference, and at the words around it.
 */
export function inReadme(name: string, observed: string): string {
  const readme = readFileSync(path, 'utf8')
  const [begin, end] = [`<!-- ${name} -->\n`, `\n<!-- /${name} -->`]
  const start = readme.indexOf(begin) + begin.length
  const stop = readme.indexOf(end)
  if (start < begin.length || stop < 0) throw new Error(`README.md has no place for ${name}`)
  if (process.env.UPDATE_README !== '1') return readme.slice(start, stop)
  writeFileSync(path, readme.slice(0, start) + observed + readme.slice(stop))
  return observed
}
