import { KeycloakError } from '../../errors.js'
import { keysFingerprint } from '../../protocol/provider/keys.js'
import type { Probe } from '../examination.js'
import { finding } from '../findings.js'

/** Whether the keys can be read. */
export const keys: Probe = {
  what: 'the provider’s keys',
  async examine(x) {
    await x.metadata()
    try {
      await keysFingerprint(x.provider)
      return []
    } catch (error) {
      if (error instanceof KeycloakError) return [finding('keys_unusable')]
      throw error
    }
  },
}

/** Whether these keys are the ones that sign. */
export const signatures: Probe = {
  what: 'that what Keycloak signs verifies',
  async examine(x) {
    const { verified } = await x.signedAnswer()
    return verified ? [] : [finding('keys_do_not_verify')]
  },
}
