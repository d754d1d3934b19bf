import { clientToken, KeycloakError } from '../../index.js'
import type { Probe } from '../examination.js'
import { finding } from '../findings.js'

/** Where the application said that it uses `clientToken()`: whether it gets one. */
export const serviceAccount: Probe = {
  what: 'the service account',
  async examine(x) {
    if (!x.options.serviceAccount) return []
    await x.requireCredentials()
    try {
      await clientToken(x.provider)
      return []
    } catch (error) {
      if (error instanceof KeycloakError && /^(client|provider)_rejected$/.test(error.code))
        return [finding('service_account_off')]
      throw error
    }
  },
}
