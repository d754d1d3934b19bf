import { isAccepted } from '../authorization.js'
import type { Probe } from '../examination.js'
import { finding } from '../findings.js'

/** Whether Keycloak insists on PKCE (RFC 9700, section 2.1.1), and does not only take it. */
export const pkce: Probe = {
  what: 'that PKCE is required',
  async examine(x) {
    await x.requireAuthorization()
    const without = await x.ask({ code_challenge: undefined, code_challenge_method: undefined })
    return isAccepted(without) ? [finding('pkce_not_required')] : []
  },
}
