import { isLoopback } from '../addresses.js'
import { askApplication } from '../ask-application.js'
import type { Examination, Probe } from '../examination.js'
import { type Finding, finding } from '../findings.js'
import { Unexamined } from '../report.js'

/** Whether the application, asked at its public address, sends its users to Keycloak as this client and back there. */
export const ownAddress: Probe = {
  what: 'the application at its own address',
  async examine(x) {
    const { login } = x.addresses()
    return login === undefined ? [] : judge(x, await askApplication(x.provider, login))
  },
}

/** Whether browsers reach it over https. */
export const ownTransport: Probe = {
  what: 'how the application is reached',
  examine(x) {
    const { base } = x.addresses()
    return base.startsWith('http:') && !isLoopback(base) ? [finding('own_address_insecure')] : []
  },
}

async function judge(x: Examination, response: Response): Promise<Finding[]> {
  const { status } = response
  if (status >= 500) return [finding('login_route_fails', { detail: `It answers with ${status}.` })]
  const location = response.headers.get('location') ?? ''
  if (!URL.canParse(location)) return [finding('login_route_missing', { detail: `The answer is ${status}.` })]
  const { authorization_endpoint } = await x.metadata()
  const { origin, pathname, searchParams } = new URL(location)
  if (origin + pathname !== authorization_endpoint)
    return [finding('login_route_missing', { detail: 'It redirects elsewhere.' })]
  if (searchParams.get('client_id') !== x.provider.clientId) return [finding('own_client_wrong')]
  return returnAddress(x, searchParams.get('redirect_uri'))
}

function returnAddress(x: Examination, seen: string | null): Finding[] {
  if (seen === null) throw new Unexamined('its authentication requests do not show where they come back to')
  const { callback } = x.addresses()
  return seen === callback ? [] : [finding('own_address_wrong', { detail: difference(seen, callback) })]
}

function difference(seen: string, expected: string): string {
  const differs = (part: 'protocol' | 'host' | 'pathname') =>
    !URL.canParse(seen) || new URL(seen)[part] !== new URL(expected)[part]
  const what = differs('protocol') ? 'http and https' : differs('host') ? 'host or port' : 'path'
  return `Expected is ${expected}; it differs in ${what}.`
}
