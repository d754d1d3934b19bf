import { checkOptions } from '../check-options.js'
import { KeycloakError } from '../errors.js'
import { Examination, type Probe } from './examination.js'
import { type Finding, finding, isFindingCode } from './findings.js'
import { DOCTOR_OPTIONS, type DoctorOptions } from './options.js'
import { PROBES } from './probes.js'
import { type Report, Unexamined } from './report.js'
import { providerOf, type Subject } from './subject.js'

/**
 * Looks for what would make logins or logouts fail, or leave them open to others, before anybody meets it: at
 * the provider, at the client there, at the application's own address and at the store.
 *
 * It needs no administrator and changes nothing: it sends requests that can not succeed, and no user comes into
 * it. Keycloak's event log shows some of them as errors. The store gets some keys that live for a minute. What an
 * administrator alone can see it looks at with `admin`.
 *
 * Findings have fixed words; no secret, no token and nothing that a provider says is in them.
 *
 * Throws `invalid_options`, and nothing else.
 */
export async function doctor(keycloak: Subject, options: DoctorOptions = {}): Promise<Report> {
  const provider = providerOf('doctor()', keycloak)
  const x = new Examination(provider, checkOptions('doctor()', options, DOCTOR_OPTIONS))
  if (x.hasAddresses) x.addresses() // throws for an option, before anything is asked
  const findings: Finding[] = []
  const examined: string[] = []
  const unexamined: { what: string; why: string }[] = []
  for (const probe of PROBES) {
    const outcome = await run(probe, x)
    if (typeof outcome === 'string') unexamined.push({ what: probe.what, why: outcome })
    else {
      examined.push(probe.what)
      findings.push(...(probe.again ? newAmong(outcome, findings) : outcome))
    }
  }
  return { healthy: findings.length === 0, findings: errorsFirst(findings), examined, unexamined }
}

/**
 * What a probe found, or why it could not look. What fails on its way is tried twice: a Keycloak that has just been
 * started is slow at its first answers.
 */
async function run(probe: Probe, x: Examination): Promise<Finding[] | string> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await probe.examine(x)
    } catch (error) {
      if (error instanceof Unexamined) return error.message
      if (attempt === 2) return [failed(error, probe)]
    }
  }
}

function failed(error: unknown, { what }: Probe): Finding {
  const code =
    error instanceof KeycloakError && isFindingCode(error.code) ? error.code : 'provider_unavailable'
  return finding(code, { detail: `Looked at was: ${what}.` })
}

function newAmong(outcome: Finding[], known: Finding[]): Finding[] {
  return outcome.filter(({ code }) => known.every(other => other.code !== code))
}

function errorsFirst(findings: Finding[]): Finding[] {
  const rank = { error: 0, warning: 1 }
  return findings.toSorted((a, b) => rank[a.severity] - rank[b.severity])
}
