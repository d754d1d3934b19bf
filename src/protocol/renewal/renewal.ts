import * as oidc from 'openid-client'
import { KeycloakError, ProviderError } from '../../errors.js'
import { loginFacts, tell } from '../../events.js'
import type { Provider } from '../../provider/provider.js'
import type { LoginRecord } from '../../store/login-record.js'
import { RefreshRejectedError, RefreshTokenSpentError, type RenewedTokens } from '../../store/renewals.js'
import { decodeClaims } from '../../util/decode-claims.js'
import { sha256 } from '../../util/random.js'
import { checkAccessToken } from '../login/access-check.js'
import { isKeyUnknown, sessionId, verifyIdToken } from '../login/id-token.js'
import { client } from '../provider/client.js'
import { discover } from '../provider/discover.js'
import { isTransient, providerFailure } from '../provider/failure.js'
import type { Metadata } from '../provider/metadata.js'
import { sessionEnded, sessionGoesOn } from './early-ends.js'
import { isAboutGrant, isAboutSession } from './grant-refusal.js'
import { pausing } from './pauses.js'
import { tokenSet } from './token-response.js'

/**
 * The login with new tokens (RFC 6749 section 6, OpenID Connect Core 1.0 section 12), asked for once however
 * many wait; `undefined` when the provider has ended it (`invalid_grant`, and what means the same).
 *
 * Every other failure is thrown, and leaves the login as it is; it is not tried again for a few seconds, and no
 * other login is when the provider does not answer. Throws `id_token_invalid` once, and the login is not renewed
 * any more: its refresh token is used up.
 */
export async function renewLogin(
  provider: Provider,
  id: string,
  login: LoginRecord,
): Promise<LoginRecord | undefined> {
  const renew = async () => {
    // Before the renewal's lock is taken, which is not made for so many calls one after the other.
    const metadata = await discover(provider)
    return provider.logins.renew(id, login, record => refresh(provider, metadata, record))
  }
  return pausing(provider, id, renew, error => tellFailure(provider, id, login, error))
}

/** The login that a renewal succeeded for is told of where it is written: by the one that did it. */
function tellFailure({ name }: Provider, id: string, login: LoginRecord, error: unknown): void {
  if (!(error instanceof KeycloakError)) return
  const { code, reason } = error
  tell(name, 'renewal.failed', () => ({
    ...loginFacts(sha256(id), login),
    code,
    ...(reason !== undefined && { reason }),
  }))
}

async function refresh(provider: Provider, metadata: Metadata, login: LoginRecord): Promise<RenewedTokens> {
  const response = await redeemRefreshToken(provider, metadata, login)
  sessionGoesOn(provider, login)
  const session = await newSession(provider, response.id_token, login)
  const { id_token: idToken, ...others } = response
  const tokens = tokenSet(session ? response : others, provider.settings.now(), login.tokens)
  const owner = { sub: login.sub, idToken: session && idToken }
  const accessCheck = await checkAccessToken(provider, tokens.accessToken, owner, login.tokens.accessCheck)
  return { ...tokens, ...session, ...(accessCheck && { accessCheck }) }
}

/** The times of a new ID token are looked at when the other tokens are there, and not by openid-client before. */
const ANY_TIME = 1e10

async function redeemRefreshToken(provider: Provider, metadata: Metadata, login: LoginRecord) {
  const { refreshToken = '' } = login.tokens
  try {
    return await oidc.refreshTokenGrant(client(provider, metadata, ANY_TIME), refreshToken)
  } catch (error) {
    if (isAboutSession(error)) sessionEnded(provider, login)
    if (isAboutGrant(error)) throw new RefreshRejectedError('invalid_grant')
    throw spentIfAnswered(providerFailure(error, metadata.token_endpoint))
  }
}

/** What openid-client finds wrong with the ID token is found in an answer with tokens: the old one is used up. */
function spentIfAnswered(failure: KeycloakError): Error {
  const { code } = failure
  return code === 'id_token_invalid' || code === 'nonce_mismatch' || code === 'step_up_failed'
    ? new RefreshTokenSpentError('id_token_invalid', { cause: idTokenInvalid(failure) })
    : failure
}

function idTokenInvalid(failure: KeycloakError): ProviderError {
  return failure instanceof ProviderError
    ? failure
    : new ProviderError('id_token_invalid', { cause: failure })
}

/**
 * The session of the new ID token, if that takes the place of the old; `undefined` if it does not. While its key
 * can not be had, or our clock is wrong, it does not, but the other tokens count: the old refresh token is used up.
 */
async function newSession(
  provider: Provider,
  idToken: string | undefined,
  login: LoginRecord,
): Promise<{ sid?: string } | undefined> {
  if (idToken === undefined) return undefined
  try {
    checkIsSameUser(idToken, login)
    const sid = sessionId(provider, await verifyIdToken(provider, idToken))
    return sid === undefined ? {} : { sid }
  } catch (error) {
    if (isTransient(error) || isKeyUnknown(error) || isClockMismatch(error)) return undefined
    if (!(error instanceof KeycloakError) || error.code !== 'id_token_invalid') throw error
    throw new RefreshTokenSpentError('id_token_invalid', { cause: error })
  }
}

/**
 * "its iss Claim Value MUST be the same", "its sub Claim Value MUST be the same", and a nonce, if present, too
 * (section 12.2).
 */
function checkIsSameUser(idToken: string, login: LoginRecord): void {
  const { iss, sub, nonce } = decodeClaims(idToken) ?? {}
  const before = decodeClaims(login.tokens.idToken)?.nonce
  const isSameNonce = nonce === undefined || before === undefined || nonce === before
  if (iss !== login.iss || sub !== login.sub || !isSameNonce) throw new ProviderError('id_token_invalid')
}

function isClockMismatch(error: unknown): boolean {
  return error instanceof ProviderError && error.code === 'clock_mismatch'
}
