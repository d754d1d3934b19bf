import { compare } from '../admin/compare.js'
import { clientRepresentation } from '../client-representation.js'
import type { Probe } from '../examination.js'
import { finding } from '../findings.js'
import { Unexamined } from '../report.js'

/** The client as an administrator sees it, beside the one that `clientRepresentation()` describes. */
export const admin: Probe = {
  what: 'the client, as an administrator sees it',
  again: true,
  async examine(x) {
    if (x.options.admin === undefined) throw new Unexamined('no administrator was named (admin)')
    const { baseUrl, postLogoutRedirectUris, serviceAccount } = x.options
    x.addresses()
    await x.metadata()
    const view = await x.admin().catch(error => {
      if (error instanceof Unexamined) return undefined
      throw error
    })
    if (view === undefined) return [finding('admin_refused')]
    const should = clientRepresentation(x.provider, { baseUrl, postLogoutRedirectUris, serviceAccount })
    return compare(view.client, should)
  },
}
