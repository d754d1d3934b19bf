import { randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWK } from 'jose'

/** The realm's signing keys, the active one first; the older ones only verify. */
export type Keys = [JWK, ...JWK[]]

export async function createKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair('RS256', { extractable: true })
  return { ...(await exportJWK(privateKey)), alg: 'RS256', use: 'sig', kid: randomUUID() }
}

export function publicKeys(keys: Keys): { keys: JWK[] } {
  return { keys: keys.map(({ kty, n, e, alg, use, kid }) => ({ kty, n, e, alg, use, kid }) as JWK) }
}

/** Keycloak lists a key for encryption too, which signs nothing. Nobody has the private one. */
export const encryptionKey: JWK = {
  kty: 'RSA',
  alg: 'RSA-OAEP',
  use: 'enc',
  kid: 'for-encryption',
  e: 'AQAB',
  n: [
    'mI6O79XuFBw-N_zPGD1AuOi-1DWdYad7v4GQ0T1YlJsZr-G_68Y6u5-Dv-NSGeQCSNG_pjvybYR8_4OLIXzUN6',
    'usXZP4x52eUDrabF-iNjBTQkkeJS6DLKxmk4H5qhDezZbyeuxxntr5yV2s6HvOFfp4uN5boW7F-kSZOzjRsAkr',
    'HKgAOLgA_0QxGS84WWFQka-eke72-xi8mYxJrlitTI0kbhf03V6sXyUvm47bQEdBsnP5n0YTkt8q3VmH3-0M_v',
    '3UUcwOnthi-KK16G7cQKP040vCr_YQSPBif1qxmYBLhYQTJsBMKcYzSaAbUXxPzhj_2AY3fYzMSUlbK-pZwQ',
  ].join(''),
}
