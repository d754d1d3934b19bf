import type { Forger } from '../forger/forger.js'
import type { Overrides } from '../forger/knobs.js'
import type { Signing } from '../forger/signing.js'
import type { ForgedApp } from './forged-app.js'

export const CAEP = 'https://schemas.openid.net/secevent/caep/event-type/'
export const RISC = 'https://schemas.openid.net/secevent/risc/event-type/'
export const SECRET = 'Bearer of the stream'

/** A security event token as Keycloak 26.7 makes it for the latest user, correct but for what is overridden. */
export function signEvent(forger: Forger, claims: Overrides = {}, signing: Signing = {}): Promise<string> {
  const iat = Math.floor(Date.now() / 1000)
  const right = {
    jti: crypto.randomUUID(),
    iss: forger.issuer,
    iat,
    aud: `${forger.clientId}/a96865ef-0000`,
    txn: crypto.randomUUID(),
    events: revoked(iat),
    sub_id: complex(forger, forger.knobs.sub, 'ALL'),
  }
  return forger.sign(
    { ...right, ...claims },
    { ...signing, header: { typ: 'secevent+jwt', ...signing.header } },
  )
}

export function revoked(at = Math.floor(Date.now() / 1000)) {
  return { [`${CAEP}session-revoked`]: { event_timestamp: at, initiating_entity: 'user' } }
}

export function passwordChange(members: object = {}) {
  const event = { credential_type: 'password', change_type: 'update', initiating_entity: 'user', ...members }
  return { [`${CAEP}credential-change`]: event }
}

export function user({ issuer }: Forger, sub = 'user-1') {
  return { format: 'iss_sub', iss: issuer, sub }
}

export function complex(forger: Forger, sub: string, session: string) {
  return { format: 'complex', user: user(forger, sub), session: { format: 'opaque', id: session } }
}

/** Pushes an event as Keycloak does; with the headers that are given. */
export function push({ url }: Pick<ForgedApp, 'url'>, jwt: string, headers: Record<string, string> = {}) {
  return fetch(`${url}/openid/security_events`, {
    method: 'POST',
    headers: { 'content-type': 'application/secevent+jwt', authorization: SECRET, ...headers },
    body: jwt,
  })
}
