import { KeyObject, randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'

/** A key that signs, with what is published of it. */
export interface KeyPair {
  alg: string
  kid: string
  publicKey: CryptoKey
  privateKey: CryptoKey
  /** The private key, for node:crypto. */
  keyObject: KeyObject
  publicJwk: JWK
}

export async function createKeyPair(alg: string): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const kid = randomUUID()
  const publicJwk = { ...(await exportJWK(publicKey)), alg, use: 'sig', kid }
  return { alg, kid, publicKey, privateKey, keyObject: KeyObject.from(privateKey), publicJwk }
}

const keysOfRealms = new Map<string, Promise<KeyPair>>()

/** The key with which a realm begins: as long as this process lives the same one, since making one takes its time. */
export function keyOfRealm(issuer: string): Promise<KeyPair> {
  const known = keysOfRealms.get(issuer) ?? createKeyPair('RS256')
  keysOfRealms.set(issuer, known)
  return known
}
