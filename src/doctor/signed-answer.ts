import type { Metadata } from '../protocol/provider/metadata.js'
import { verifyJwt } from '../protocol/provider/verify-jwt.js'
import type { Provider } from '../provider/provider.js'
import { isObject } from '../util/kind-of.js'
import type { AuthorizationAnswer, Changes } from './authorization.js'
import { BOGUS } from './bogus.js'
import { Unexamined } from './report.js'

/** An answer of the authorization endpoint that the provider signed itself (JARM, section 2.1). */
export interface SignedAnswer {
  /** Whether it verifies with the published keys, for this issuer and client. */
  readonly verified: boolean
  /** `exp`: seconds since the epoch, by the provider's clock. */
  readonly expiresAt: number | undefined
  /** When it came, by this machine's clock. */
  readonly receivedAt: number
}

/** Throws `Unexamined` for a provider that signs nothing without a login. */
export function requireSigning({ response_modes_supported: modes }: Metadata): void {
  if (Array.isArray(modes) && modes.includes('jwt')) return
  throw new Unexamined('this provider signs nothing without a login (no response_mode jwt)')
}

/** Asks for an authentication request's answer as a JWT: the one thing that Keycloak signs without a login. */
export async function askSigned(
  provider: Provider,
  ask: (changes: Changes) => Promise<AuthorizationAnswer>,
): Promise<SignedAnswer> {
  const answer = await ask({ response_mode: 'jwt', state: BOGUS })
  const jwt = answer.kind === 'redirect' ? answer.params.get('response') : null
  if (!jwt) throw new Unexamined('the provider did not sign its answer')
  return verify(provider, jwt)
}

async function verify(provider: Provider, jwt: string): Promise<SignedAnswer> {
  const receivedAt = provider.settings.now()
  const options = { requiredClaims: ['exp'], audience: provider.clientId }
  try {
    const { payload } = await verifyJwt(provider, jwt, options)
    return { verified: true, expiresAt: payload.exp, receivedAt }
  } catch (error) {
    const { code, payload } = error as { code?: unknown; payload?: unknown }
    // Its signature was verified by then; that it is over is the clock's affair.
    if (code === 'ERR_JWT_EXPIRED' && isObject(payload) && typeof payload.exp === 'number')
      return { verified: true, expiresAt: payload.exp, receivedAt }
    if (typeof code === 'string' && /^ERR_J(W|OSE)/.test(code))
      return { verified: false, expiresAt: undefined, receivedAt }
    throw error
  }
}
