import * as oidc from 'openid-client'
import { ProviderError } from '../errors.js'
import type { Provider } from '../provider.js'
import type { LoginRecord } from '../store/login-record.js'
import { RefreshRejectedError } from '../store/logins.js'
import type { TokenSet } from '../token.js'
import { client } from './client.js'
import { discover } from './discover.js'
import { isTransient, providerFailure } from './failure.js'
import { verifyIdToken } from './id-token.js'
import { tokenSet } from './token-response.js'

/** Tokens are renewed this many seconds before they expire, but not before nine tenths of their life. */
const MARGIN = 10

/** Whether the access token is expired, or so nearly that it may be when it arrives somewhere. */
export function needsRenewal({ tokens }: LoginRecord, now: number): boolean {
  const { expiresIn, receivedAt } = tokens
  if (expiresIn === undefined) return false
  return now >= receivedAt + expiresIn - Math.min(MARGIN, expiresIn / 10)
}

export function isExpired({ tokens }: LoginRecord, now: number): boolean {
  return tokens.expiresIn !== undefined && now >= tokens.receivedAt + tokens.expiresIn
}

/**
 * The login with new tokens (RFC 6749 section 6, OpenID Connect Core 1.0 section 12), asked for once however
 * many wait; `undefined` when the provider has ended it (`invalid_grant`). Every other failure is thrown, and
 * leaves the login as it is; for a few seconds after one nobody tries again.
 */
export async function renewLogin(
  provider: Provider,
  id: string,
  login: LoginRecord,
): Promise<LoginRecord | undefined> {
  const { renewalCoolDown } = provider
  if (renewalCoolDown.active) {
    throw new ProviderError('provider_unavailable', { retryAfter: renewalCoolDown.remaining })
  }
  return provider.logins.renew(id, login, record => refresh(provider, record))
}

async function refresh(provider: Provider, login: LoginRecord): Promise<TokenSet> {
  try {
    const configuration = client(provider, await discover(provider))
    const response = await oidc.refreshTokenGrant(configuration, login.tokens.refreshToken ?? '')
    if (await isBelievable(provider, response.id_token, login)) {
      return tokenSet(response, provider.settings.now(), login.tokens)
    }
    const { id_token: _, ...others } = response
    return tokenSet(others, provider.settings.now(), login.tokens)
  } catch (error) {
    const failure = providerFailure(error)
    if (failure.code === 'code_rejected') throw new RefreshRejectedError('invalid_grant')
    if (isTransient(failure)) provider.renewalCoolDown.start()
    throw failure
  }
}

/**
 * Whether the new ID token, if there is one, takes the place of the old: "its iss Claim Value MUST be the
 * same", "its sub Claim Value MUST be the same" (section 12.2). While the keys can not be had it does not, but
 * the other tokens count: the old refresh token is used up.
 */
async function isBelievable(
  provider: Provider,
  idToken: string | undefined,
  login: LoginRecord,
): Promise<boolean> {
  if (idToken === undefined) return false
  try {
    const { iss, sub } = await verifyIdToken(provider, idToken)
    if (iss !== login.iss || sub !== login.sub) throw new ProviderError('id_token_invalid')
    return true
  } catch (error) {
    if (isTransient(error)) return false
    throw error
  }
}

/** Whether a failed renewal may be ignored for now: the login goes on with the tokens that it has. */
export function isRenewalFailure(error: unknown): boolean {
  return error instanceof ProviderError
}
