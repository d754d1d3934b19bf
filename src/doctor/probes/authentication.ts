import { BOGUS } from '../bogus.js'
import type { Examination, Probe } from '../examination.js'
import { type Finding, finding } from '../findings.js'
import { Unexamined } from '../report.js'
import { clientProblem } from './client.js'

/** Whether the token endpoint takes this client's authentication: a code that never was is refused as that. */
export const authentication: Probe = {
  what: 'the client’s secret',
  async examine(x) {
    switch ((await x.codeRefusal())?.error) {
      case 'invalid_grant':
        return isPublic(x) || !(await isTakenWithout(x)) ? [] : [finding('client_public')]
      case 'invalid_client':
      case 'unauthorized_client':
        return [await rejected(x)]
      default:
        throw new Unexamined('the token endpoint objects to something else first')
    }
  },
}

/** A client that is not there, or is disabled, is rejected in the same words. */
async function rejected(x: Examination): Promise<Finding> {
  const answer = x.hasAddresses ? await x.authorization() : undefined
  if (answer?.kind === 'page' && clientProblem(answer.text))
    throw new Unexamined('there is no such client to begin with')
  return finding('client_rejected', {
    ...(isPublic(x) && { detail: 'This application has no clientSecret, and Keycloak asks for one.' }),
  })
}

function isPublic({ provider }: Examination): boolean {
  const { clientAuth, clientSecret } = provider.settings
  return clientAuth === 'none' || (clientAuth === undefined && clientSecret === undefined)
}

/** Whether the same request is taken without any authentication. */
async function isTakenWithout(x: Examination): Promise<boolean> {
  const { token_endpoint } = await x.metadata()
  const response = await x.provider.fetch(token_endpoint, {
    method: 'POST',
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({
      grant_type: 'authorization_code',
      client_id: x.provider.clientId,
      code: BOGUS,
      redirect_uri: `https://${BOGUS}.invalid/`,
      code_verifier: BOGUS.repeat(3),
    }),
  })
  const answer: unknown = await response.json().catch(() => undefined)
  return (
    typeof answer === 'object' && answer !== null && 'error' in answer && answer.error === 'invalid_grant'
  )
}
