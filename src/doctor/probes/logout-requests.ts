import { isLoopback } from '../addresses.js'
import { askApplication } from '../ask-application.js'
import { BOGUS } from '../bogus.js'
import type { Probe } from '../examination.js'
import { finding } from '../findings.js'

/** Whether a logout request that comes from outside gets to its route: one that can not be read is refused there. */
export const logoutRequests: Probe = {
  what: 'the address for logout requests, from this machine',
  async examine(x) {
    const { logoutRequest } = x.addresses()
    if (logoutRequest === undefined) return []
    const { issuer } = await x.metadata()
    if (isLoopback(logoutRequest) && !isLoopback(issuer)) return [finding('logout_request_address_local')]
    const response = await askApplication(x.provider, logoutRequest, { logout_token: BOGUS })
    if (await isRefusal(response)) return []
    return [finding('logout_request_refused', { detail: `It answers with ${response.status}.` })]
  },
}

/** OpenID Connect Back-Channel Logout 1.0, section 2.8. */
async function isRefusal(response: Response): Promise<boolean> {
  if (response.status !== 400) return false
  const body: unknown = await response.json().catch(() => undefined)
  return typeof body === 'object' && body !== null && 'error' in body && body.error === 'invalid_request'
}
