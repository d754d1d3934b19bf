import { KeycloakError } from '../../errors.js'
import { discover } from '../../protocol/provider/discover.js'
import type { Metadata } from '../../protocol/provider/metadata.js'
import { isLoopback } from '../addresses.js'
import type { Probe } from '../examination.js'
import { type Finding, finding, isFindingCode } from '../findings.js'

/** The metadata: whether they are there, for the right issuer, and by https. */
export const discovery: Probe = {
  what: 'the discovery document',
  async examine({ provider }) {
    try {
      return judge(await discover(provider), provider.settings.legacy)
    } catch (error) {
      if (!(error instanceof KeycloakError) || !isFindingCode(error.code)) throw error
      return [finding(error.code, { detail: preciseIn(error.message) })]
    }
  },
}

function judge(metadata: Metadata, legacy: boolean): Finding[] {
  const findings: Finding[] = []
  if (metadata.issuer.startsWith('http:') && !isLoopback(metadata.issuer))
    findings.push(finding('issuer_insecure'))
  if (metadata.backchannel_logout_supported !== true && !legacy)
    findings.push(finding('logout_requests_unsupported'))
  return findings
}

/** What the error's text says of this very document, in fixed words: which issuer was expected, which member it is, what was asked. */
function preciseIn(message: string): string | undefined {
  return /(Expected is|The member is|\(Asked:).*$/s.exec(message)?.[0]
}
