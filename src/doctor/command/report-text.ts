import type { Finding } from '../findings.js'
import type { Report } from '../report.js'

/** The report for a terminal, without a colour: a log takes it as well. */
export function reportText({ findings, examined, unexamined }: Report): string {
  const errors = findings.filter(({ severity }) => severity === 'error').length
  const counts = `${many(errors, 'error')}, ${many(findings.length - errors, 'warning')}`
  const rest = unexamined.map(({ what, why }) => `  ${what}: ${why}`)
  return [
    ...findings.map(findingText),
    ...(rest.length > 0 ? [`not looked at\n${rest.join('\n')}\n`] : []),
    `${many(examined.length, 'thing')} looked at, ${unexamined.length} not: ${findings.length === 0 ? 'nothing found' : counts}.`,
  ].join('\n')
}

function findingText({ code, severity, seen, change }: Finding): string {
  return `${severity}  ${code}\n  seen    ${seen}\n  change  ${change}\n`
}

function many(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`
}
