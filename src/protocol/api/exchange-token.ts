import * as oidc from 'openid-client'
import { AccessError, ProviderError, TokenError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { KeptAnswers } from '../../util/kept-answers.js'
import { weakCache } from '../../util/weak-cache.js'
import { client } from '../provider/client.js'
import { discover } from '../provider/discover.js'
import { isHttpsRequired, isOverloaded, providerFailure } from '../provider/failure.js'

/** How many tokens for other services are kept. */
const MAX_EXCHANGED = 1000

const GRANT_TYPE = 'urn:ietf:params:oauth:grant-type:token-exchange'
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token'

/** A token is used no longer than this before its end, in seconds, or a tenth of its life. */
const MARGIN = 10

/** What a token is wanted for. */
export interface Wanted {
  audience?: string | readonly string[]
  scopes?: readonly string[]
}

interface Exchanged {
  accessToken: string
  /** Until when it may be given out, in seconds since the epoch. */
  until: number
}

const exchangedOf = weakCache(
  ({ settings }: Provider) => new KeptAnswers<Exchanged>(MAX_EXCHANGED, settings.now),
)

/** Under which a token is kept. */
export function exchangeKey(subject: string, { audience = [], scopes = [] }: Wanted): string {
  return JSON.stringify([subject, [audience].flat(), scopes])
}

/** A token that was exchanged before, or is on its way. */
export async function knownExchange(provider: Provider, key: string): Promise<string | undefined> {
  return (await exchangedOf(provider).known(key))?.accessToken
}

/**
 * Exchanges a user's access token for one that other services take (RFC 8693, section 2), once however many want it.
 *
 * Throws `token_invalid` when the provider does not take the token (any more), `exchange_refused`, or a `ProviderError`.
 *
 * @param anew whatever is kept
 */
export async function exchangeToken(
  provider: Provider,
  key: string,
  subjectToken: string,
  wanted: Wanted,
  anew: boolean,
): Promise<string> {
  const kept = exchangedOf(provider)
  const ask = () => exchange(provider, subjectToken, wanted)
  const lasts = ({ until }: Exchanged) => until
  const { accessToken } = await (anew ? kept.renew(key, ask, lasts) : kept.get(key, ask, lasts))
  return accessToken
}

async function exchange(provider: Provider, subjectToken: string, wanted: Wanted): Promise<Exchanged> {
  const metadata = await discover(provider)
  const askedAt = provider.settings.now()
  const configuration = client(provider, metadata)
  const response = await oidc
    .genericGrantRequest(configuration, GRANT_TYPE, parameters(subjectToken, wanted))
    .catch(error => Promise.reject(refusal(error, metadata.token_endpoint)))
  // One that is bound to a key is none that can be passed on.
  if (response.token_type.toLowerCase() !== 'bearer') throw new ProviderError('provider_response_invalid')
  const { access_token: accessToken, expires_in: life = 0 } = response
  return { accessToken, until: askedAt + life - Math.min(MARGIN, life / 10) }
}

function parameters(subjectToken: string, { audience = [], scopes = [] }: Wanted): URLSearchParams {
  const params = new URLSearchParams({
    subject_token: subjectToken,
    subject_token_type: ACCESS_TOKEN,
    requested_token_type: ACCESS_TOKEN,
  })
  for (const name of [audience].flat()) params.append('audience', name)
  if (scopes.length > 0) params.set('scope', scopes.join(' '))
  return params
}

/** Error codes that say that this user, or this client, gets no such token (RFC 8693, section 2.2.2). */
const REFUSALS = ['access_denied', 'invalid_request', 'invalid_scope', 'invalid_target']

/** What an exchange failed with. Keycloak tells by its words alone whether the token, the audience or the client is meant. */
function refusal(error: unknown, asked: string): Error {
  const isAnswer = error instanceof oidc.ResponseBodyError && !isOverloaded(error.response)
  if (!isAnswer || isHttpsRequired(error)) return providerFailure(error, asked)
  const { error: name, error_description: words = '' } = error
  if (name === 'invalid_grant' || name === 'invalid_token' || words === 'Invalid token')
    return new TokenError('token_invalid', { cause: error })
  if (words === 'Audience not found')
    return new AccessError('exchange_refused', { cause: error, reason: 'unknown_audience' })
  const reason = REFUSALS.find(known => known === name)
  return reason === undefined
    ? providerFailure(error, asked)
    : new AccessError('exchange_refused', { cause: error, reason })
}
