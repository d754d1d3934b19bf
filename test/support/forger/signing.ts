import { CompactSign, type CryptoKey, exportSPKI, type JWTPayload } from 'jose'
import type { KeyPair } from '../../../src/testing/provider/keys.js'
import { clean } from '../../../src/testing/provider/reply.js'

/**
 * `none`: alg none, no signature; `client-secret`: HS256 with the client secret; `public-key`: HS256 with the
 * public key as the secret; `foreign-key`: somebody else's key under our `kid`; `unknown-kid`: ours under a
 * `kid` that isn't published; `embedded-jwk`, `jku`: somebody else's key, brought along; `broken`: a signature
 * with one bit changed.
 */
export type Trick =
  | 'none'
  | 'client-secret'
  | 'public-key'
  | 'foreign-key'
  | 'unknown-kid'
  | 'embedded-jwk'
  | 'jku'
  | 'broken'

export interface Signing {
  /** Merged over `alg`, `kid` and `typ`; `undefined` takes one away. */
  header?: Record<string, unknown>
  trick?: Trick | undefined
  /** A key of one's own; with it goes an `alg` in `header`. */
  key?: CryptoKey | Uint8Array
}

export interface Keyring {
  own: KeyPair
  foreign: KeyPair
  clientSecret: string
  foreignJwksUrl: string
}

/** Signs whatever it is given, well or badly. */
export async function forge(ring: Keyring, claims: JWTPayload, signing: Signing = {}): Promise<string> {
  const { header, key } = await resolve(ring, signing)
  const protectedHeader = clean({ ...header, ...signing.header })
  const payload = JSON.stringify(clean(claims))
  if (key === undefined) return `${encode(JSON.stringify(protectedHeader))}.${encode(payload)}.`
  const jws = await new CompactSign(new TextEncoder().encode(payload))
    .setProtectedHeader(protectedHeader as { alg: string })
    .sign(key, { crit: Object.fromEntries(criticals(protectedHeader).map(name => [name, true])) })
  return signing.trick === 'broken' ? corrupt(jws) : jws
}

/** What the header declares critical has to be allowed, or it would not be signed. */
function criticals({ crit }: Record<string, unknown>): string[] {
  return Array.isArray(crit) ? crit : []
}

type Resolved = { header: Record<string, unknown>; key: CryptoKey | Uint8Array | undefined }

async function resolve(ring: Keyring, { trick, key }: Signing): Promise<Resolved> {
  const { own, foreign } = ring
  const header = { alg: own.alg, typ: 'JWT', kid: own.kid }
  const secret = (text: string) => ({
    header: { ...header, alg: 'HS256' },
    key: new TextEncoder().encode(text),
  })
  if (key) return { header, key }
  switch (trick) {
    case 'none':
      return { header: { ...header, alg: 'none' }, key: undefined }
    case 'client-secret':
      return secret(ring.clientSecret)
    case 'public-key':
      return secret(await exportSPKI(own.publicKey))
    case 'foreign-key':
      return { header, key: foreign.privateKey }
    case 'unknown-kid':
      return { header: { ...header, kid: foreign.kid }, key: own.privateKey }
    case 'embedded-jwk':
      return { header: { ...header, kid: foreign.kid, jwk: foreign.publicJwk }, key: foreign.privateKey }
    case 'jku':
      return { header: { ...header, kid: foreign.kid, jku: ring.foreignJwksUrl }, key: foreign.privateKey }
    default:
      return { header, key: own.privateKey }
  }
}

const encode = (text: string) => Buffer.from(text).toString('base64url')

function corrupt(jws: string): string {
  const [header, payload, signature = ''] = jws.split('.')
  const bytes = Buffer.from(signature, 'base64url')
  bytes[0] = (bytes[0] ?? 0) ^ 1
  return `${header}.${payload}.${bytes.toString('base64url')}`
}
