import type { Journey } from './journey-reporter.js'

const SIGNS = { passed: 'yes', failed: '**no**', 'not there': '–' }

/** Outcomes of one version's journeys. */
export function column(journeys: Journey[]): Journey['outcome'][] {
  return journeys.map(({ outcome }) => outcome)
}

/** A Markdown table: a row for each journey, a column for each version. */
export function table(seen: Record<string, Journey[]>): string {
  const versions = Object.keys(seen)
  const rows = names(seen).map(name => `| ${name} | ${versions.map(v => sign(seen, v, name)).join(' | ')} |`)
  return [
    `| Journey | ${versions.join(' | ')} |`,
    `|---|${versions.map(() => '---').join('|')}|`,
    ...rows,
  ].join('\n')
}

/** Where a Markdown text that has such a table says something else of the versions that were seen; `?` says nothing. */
export function differences(markdown: string, seen: Record<string, Journey[]>): string[] {
  const lines = markdown.split('\n').filter(line => line.startsWith('| '))
  const start = lines.findIndex(line => line.startsWith('| Journey |'))
  const [, ...header] = cells(lines[start] ?? '')
  const written = new Map(lines.slice(start + 1).map(line => [cells(line)[0], cells(line).slice(1)]))
  return Object.keys(seen).flatMap(version => {
    const index = header.indexOf(version)
    return names(seen)
      .filter(name => !['?', sign(seen, version, name)].includes(written.get(name)?.[index] ?? ''))
      .map(name => `${version}, ${name}: ${sign(seen, version, name)}`)
  })
}

function names(seen: Record<string, Journey[]>): string[] {
  return [...new Set(Object.values(seen).flatMap(journeys => journeys.map(nameOf)))]
}

function sign(seen: Record<string, Journey[]>, version: string, name: string): string {
  const journey = seen[version]?.find(candidate => nameOf(candidate) === name)
  return journey ? SIGNS[journey.outcome] : ''
}

function nameOf({ suite, title }: Journey): string {
  return `${suite}: ${title}`
}

function cells(line: string): string[] {
  return line
    .split('|')
    .slice(1, -1)
    .map(cell => cell.trim())
}
