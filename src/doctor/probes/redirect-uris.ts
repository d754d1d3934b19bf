import { wentTo } from '../authorization.js'
import { BOGUS } from '../bogus.js'
import type { Probe } from '../examination.js'
import { finding } from '../findings.js'

/** Whether Keycloak's list of redirect URIs lets other addresses through (RFC 9700, section 2.1). */
export const otherRedirectUris: Probe = {
  what: 'that other redirect URIs are refused',
  async examine(x) {
    await x.requireAuthorization()
    const { callback } = x.addresses()
    const passes = async (redirect_uri: string) => wentTo(await x.ask({ redirect_uri }), redirect_uri)
    if (await passes(`https://${BOGUS}.invalid/`)) return [finding('redirect_uri_any')]
    // A wildcard that covers any page of the application covers what is below its callback, too.
    return (await passes(`${callback}/${BOGUS}`)) ? [finding('redirect_uri_wildcard')] : []
  },
}
