/** One line of the report. */
export interface Line {
  what: string
  /** The figure, with its unit. */
  seen: string
  /** What it should be at most, or at least. */
  reach?: string
  reached?: boolean
}

/** A line about a ratio that has to stay below a bound. */
export function atMost(what: string, ratio: number, bound: number, beside = ''): Line {
  return {
    what,
    seen: `${ratio.toFixed(2)} ×${beside && ` (${beside})`}`,
    reach: `≤ ${bound} ×`,
    reached: ratio <= bound,
  }
}

/** A line about a count that has to be exact. */
export function exactly(what: string, count: number, expected: number): Line {
  return { what, seen: String(count), reach: String(expected), reached: count === expected }
}

export function markdown(lines: readonly Line[]): string {
  const rows = lines.map(({ what, seen, reach = '', reached }) => {
    const sign = reached === undefined ? '' : reached ? 'yes' : 'no'
    return `| ${what} | ${seen} | ${reach} | ${sign} |`
  })
  return ['| What | Seen | Reach | Reached |', '|---|---|---|---|', ...rows].join('\n')
}
