import { calculateJwkThumbprint, EmbeddedJWK, jwtVerify } from 'jose'
import { TokenError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { sha256 } from '../../util/random.js'
import { ALGORITHMS } from '../../util/signature-algorithms.js'

/** Seconds that a proof is good for after it was made; clocks that differ come on top. */
const LIFETIME = 60

/** What a request is that a proof has to be about. */
export interface ProvenRequest {
  method: string
  /** Absolute address, as the client has it. */
  address: string
  accessToken: string
  /** Thumbprint of the key that the access token is bound to (`cnf.jkt`). */
  jkt: unknown
  /** Tells whether a nonce is one of ours; `undefined` where none is asked for. */
  isNonce: ((nonce: unknown) => boolean) | undefined
}

/**
 * Verifies a DPoP proof (RFC 9449, section 4.3): signed by the key that the token is bound to, made just now for this
 * very request and token, and never seen before, by whatever process: the store is asked.
 *
 * Throws `token_invalid` with the reason `proof_invalid`, `proof_used` or `nonce_missing`; `store_unavailable`: then it
 * is not let in either.
 */
export async function verifyProof(provider: Provider, proof: string, about: ProvenRequest): Promise<void> {
  const { now, clockTolerance } = provider.settings
  const { payload, jkt } = await read(provider, proof)
  const { htm, htu, iat, jti, ath, nonce } = payload
  const age = now() - (typeof iat === 'number' ? iat : Number.NaN)
  const isRight =
    jkt === about.jkt &&
    htm === about.method &&
    isAddress(htu, about.address) &&
    ath === sha256(about.accessToken) &&
    typeof jti === 'string' &&
    jti !== '' &&
    age >= -clockTolerance &&
    age <= LIFETIME + clockTolerance
  if (!isRight) throw refusedFor('proof_invalid')
  if (about.isNonce?.(nonce) === false) throw refusedFor('nonce_missing')
  const life = LIFETIME + clockTolerance - age + 1
  if (!(await provider.logins.useProof(`${jkt} ${jti}`, life))) throw refusedFor('proof_used')
}

async function read({ settings }: Provider, proof: string) {
  try {
    const { payload, protectedHeader } = await jwtVerify(proof, EmbeddedJWK, {
      typ: 'dpop+jwt',
      algorithms: [...ALGORITHMS],
      currentDate: new Date(settings.now() * 1000),
      clockTolerance: settings.clockTolerance,
    })
    return { payload, jkt: await calculateJwkThumbprint(protectedHeader.jwk ?? {}) }
  } catch (error) {
    throw refusedFor('proof_invalid', error)
  }
}

/** "ignoring any query and fragment parts", after normalization of both (RFC 9449, section 4.3). */
function isAddress(htu: unknown, address: string): boolean {
  if (typeof htu !== 'string' || !URL.canParse(htu)) return false
  const [said, asked] = [new URL(htu), new URL(address)]
  return said.origin === asked.origin && said.pathname === asked.pathname
}

function refusedFor(reason: 'proof_invalid' | 'proof_used' | 'nonce_missing', cause?: unknown): TokenError {
  return new TokenError('token_invalid', { reason, cause })
}
