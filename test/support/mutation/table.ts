import type { Mutant } from './instrument.js'
import type { Verdict } from './judge.js'

/** Where a mutant is, and what it makes of the line. */
export function describe({ file, line, mutator, text, replacement }: Mutant): string {
  const becomes = replacement.replace(/\s+/g, ' ').slice(0, 100)
  return `${file}:${line} ${mutator}\n    ${text}\n    ${becomes}`
}

/** How many mutants of each floor had which end. */
export function table(verdicts: Map<Mutant, Verdict>): string {
  const floors = [...new Set([...verdicts.keys()].map(floorOf))].sort()
  return [row('', 'mutants', 'killed', 'hung', 'survived', 'unreached', 'score'), ...floors.map(floor)].join(
    '\n',
  )

  function floor(name: string): string {
    const ends = [...verdicts].filter(([mutant]) => floorOf(mutant) === name).map(([, verdict]) => verdict)
    const count = (verdict: Verdict) => ends.filter(end => end === verdict).length
    const found = count('killed') + count('hung')
    const score = `${((100 * found) / ends.length).toFixed(1)} %`
    return row(
      name,
      ends.length,
      count('killed'),
      count('hung'),
      count('survived'),
      count('unreached'),
      score,
    )
  }
}

const floorOf = ({ file }: Mutant) => file.split('/').slice(0, 2).join('/')
const row = (name: string, ...cells: (string | number)[]) =>
  name.padEnd(16) + cells.map(cell => String(cell).padStart(10)).join('')
