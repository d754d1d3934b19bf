import { randomUUID } from 'node:crypto'
import { type CryptoKey, exportJWK, generateKeyPair, type JWK } from 'jose'

/** A key that signs, with what is published of it. */
export interface KeyPair {
  alg: string
  kid: string
  publicKey: CryptoKey
  privateKey: CryptoKey
  publicJwk: JWK
}

export async function createKeyPair(alg: string): Promise<KeyPair> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true })
  const kid = randomUUID()
  const publicJwk = { ...(await exportJWK(publicKey)), alg, use: 'sig', kid }
  return { alg, kid, publicKey, privateKey, publicJwk }
}
