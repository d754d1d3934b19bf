import * as oidc from 'openid-client'
import { ProviderError } from '../../errors.js'
import type { Provider } from '../../provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { RefreshRejectedError } from '../../store/renewals.js'
import type { TokenSet } from '../../token.js'
import { COOL_DOWN, CoolDown } from '../../util/cool-down.js'
import { decodeClaims } from '../../util/decode-claims.js'
import { weakCache } from '../../util/weak-cache.js'
import { isKeyUnknown, verifyIdToken } from '../login/id-token.js'
import { client } from '../provider/client.js'
import { discover } from '../provider/discover.js'
import { isTransient, providerFailure } from '../provider/failure.js'
import type { Metadata } from '../provider/metadata.js'
import { tokenSet } from './token-response.js'

/** Runs after the token endpoint failed to renew: no other login waits for it meanwhile. */
const coolDownOf = weakCache(({ settings }: Provider) => new CoolDown(COOL_DOWN, settings.now))

/** Whether no renewal is tried at the moment. */
export function renewalsPause(provider: Provider): boolean {
  return coolDownOf(provider).active
}

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
 * leaves the login as it is; when it would meet every login, nobody tries again for a few seconds.
 */
export async function renewLogin(
  provider: Provider,
  id: string,
  login: LoginRecord,
): Promise<LoginRecord | undefined> {
  const renewalCoolDown = coolDownOf(provider)
  if (renewalCoolDown.active) {
    throw new ProviderError('provider_unavailable', { retryAfter: renewalCoolDown.remaining })
  }
  try {
    // Before the renewal's lock is taken, which is not made for so many calls one after the other.
    const metadata = await discover(provider)
    return await provider.logins.renew(id, login, record => refresh(provider, metadata, record))
  } catch (error) {
    if (meetsEveryLogin(error)) renewalCoolDown.start()
    throw error
  }
}

async function refresh(provider: Provider, metadata: Metadata, login: LoginRecord): Promise<TokenSet> {
  const response = await redeem(provider, metadata, login.tokens.refreshToken ?? '')
  if (await isBelievable(provider, response.id_token, login)) {
    return tokenSet(response, provider.settings.now(), login.tokens)
  }
  const { id_token: _, ...others } = response
  return tokenSet(others, provider.settings.now(), login.tokens)
}

/** The times of a new ID token are looked at when the other tokens are there, and not by openid-client before. */
const ANY_TIME = 1e10

async function redeem(provider: Provider, metadata: Metadata, refreshToken: string) {
  try {
    return await oidc.refreshTokenGrant(client(provider, metadata, ANY_TIME), refreshToken)
  } catch (error) {
    const failure = providerFailure(error, metadata.token_endpoint)
    throw failure.code === 'code_rejected' ? new RefreshRejectedError('invalid_grant') : failure
  }
}

/**
 * Whether the new ID token, if there is one, takes the place of the old: "its iss Claim Value MUST be the
 * same", "its sub Claim Value MUST be the same", and a nonce, if present, too (section 12.2). While its key can
 * not be had, or our clock is wrong, it does not, but the other tokens count: the old refresh token is used up.
 */
async function isBelievable(
  provider: Provider,
  idToken: string | undefined,
  login: LoginRecord,
): Promise<boolean> {
  if (idToken === undefined) return false
  const { iss, sub, nonce } = decodeClaims(idToken) ?? {}
  const before = decodeClaims(login.tokens.idToken)?.nonce
  const isSameNonce = nonce === undefined || before === undefined || nonce === before
  if (iss !== login.iss || sub !== login.sub || !isSameNonce) throw new ProviderError('id_token_invalid')
  try {
    await verifyIdToken(provider, idToken)
    return true
  } catch (error) {
    if (isTransient(error) || isKeyUnknown(error) || isClockMismatch(error)) return false
    throw error
  }
}

function isClockMismatch(error: unknown): boolean {
  return error instanceof ProviderError && error.code === 'clock_mismatch'
}

function meetsEveryLogin(error: unknown): boolean {
  return isTransient(error) || (error instanceof ProviderError && error.code === 'client_rejected')
}
