/** No option has a name as long as this. */
const LONGEST = 40

/** The name that was probably meant: the one that takes the fewest changes, if they are few for its length. */
export function nearestName(given: string, names: readonly string[]): string | undefined {
  if (given.length > LONGEST) return undefined
  const [best] = names
    .map(name => ({ name, changes: changesBetween(plain(given), plain(name)) }))
    .filter(({ name, changes }) => changes <= plain(name).length / 3)
    .sort((a, b) => a.changes - b.changes)
  return best?.name
}

/** `client_id` and `clientID` are the same slip. */
function plain(name: string): string {
  return name.toLowerCase().replace(/[^a-z0-9]/g, '')
}

/** Letters to add, to drop, to replace or to swap with their neighbour (optimal string alignment). */
function changesBetween(a: string, b: string): number {
  const rows: number[][] = []
  const at = (i: number, j: number) => rows[i]?.[j] ?? Number.POSITIVE_INFINITY
  for (let i = 0; i <= a.length; i++) {
    const row: number[] = []
    rows.push(row)
    for (let j = 0; j <= b.length; j++) {
      if (i === 0 || j === 0) row.push(i + j)
      else {
        const replaced = at(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1)
        const isSwap = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]
        row.push(
          Math.min(replaced, at(i - 1, j) + 1, at(i, j - 1) + 1, isSwap ? at(i - 2, j - 2) + 1 : replaced),
        )
      }
    }
  }
  return at(a.length, b.length)
}
