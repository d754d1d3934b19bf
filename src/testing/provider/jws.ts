import { createHmac, type KeyObject, sign } from 'node:crypto'

/** What a signature is made over: header and claims (RFC 7515, section 5.1). */
function signingInput(header: object, claims: object): string {
  return [header, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
}

/**
 * Signs with RS256. By node:crypto and at once: a login by the kit is mostly signatures, and Web Crypto takes a
 * detour by another thread for each.
 */
export function signRs256(header: object, claims: object, key: KeyObject): string {
  const input = signingInput({ alg: 'RS256', ...header }, claims)
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`
}

/** Signs with HS512, as Keycloak does what only itself has to verify. */
export function signHs512(header: object, claims: object, secret: Buffer): string {
  const input = signingInput({ alg: 'HS512', ...header }, claims)
  return `${input}.${createHmac('sha512', secret).update(input).digest('base64url')}`
}
