const variables = new Map<number, string>()

/** A port by environment; 0 is any free one. */
export function portFrom(variable: string, preferred: number): number {
  const value = process.env[variable] || String(preferred)
  if (!/^\d{1,5}$/.test(value) || Number(value) > 65_535) {
    throw new Error(`${variable} has to be a number from 0 (any free port) to 65535.`)
  }
  variables.set(Number(value), variable)
  return Number(value)
}

/** The variable that a port came from, for whoever has to choose another. */
export function variableOf(port: number): string {
  return variables.get(port) ?? 'PORT'
}
