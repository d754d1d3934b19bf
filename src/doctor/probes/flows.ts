import { isAccepted } from '../authorization.js'
import { BOGUS } from '../bogus.js'
import type { Examination, Probe } from '../examination.js'
import { finding } from '../findings.js'

/** Whether the client may get tokens in ways that this application never uses (RFC 9700, sections 2.1.2 and 2.4). */
export const otherFlows: Probe = {
  what: 'that other flows are off',
  async examine(x) {
    await x.requireAuthorization()
    await x.requireCredentials()
    const [implicit, direct, device] = [await hasImplicit(x), await hasDirectAccess(x), await hasDevice(x)]
    return [
      ...(implicit ? [finding('implicit_flow_on')] : []),
      ...(direct ? [finding('direct_access_on')] : []),
      ...(device ? [finding('device_flow_on')] : []),
    ]
  },
}

async function hasImplicit(x: Examination): Promise<boolean> {
  return isAccepted(
    await x.ask({ response_type: 'id_token', code_challenge: undefined, code_challenge_method: undefined }),
  )
}

/** Without a user's name: where the flow is on, that is what is missing. */
async function hasDirectAccess(x: Examination): Promise<boolean> {
  return (await x.refuse('password', {}))?.error === 'invalid_request'
}

const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code'

/** Keycloak has one error code for both, so its words decide. */
async function hasDevice(x: Examination): Promise<boolean> {
  const { grant_types_supported: grants } = await x.metadata()
  if (!Array.isArray(grants) || !grants.includes(DEVICE)) return false
  const refused = await x.refuse(DEVICE, { device_code: BOGUS })
  return refused?.error === 'invalid_grant' && /not valid/i.test(refused.description)
}
