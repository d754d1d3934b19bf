import * as oidc from 'openid-client'
import { type KeycloakError, ProviderError, TokenError } from '../../errors.js'
import type { Provider } from '../../provider/provider.js'
import { isHttpUrl } from '../../util/checks.js'
import type { Claims } from '../../util/decode-claims.js'
import { deepFreeze } from '../../util/deep-freeze.js'
import { KeptAnswers } from '../../util/kept-answers.js'
import { sha256 } from '../../util/random.js'
import { weakCache } from '../../util/weak-cache.js'
import { client } from '../provider/client.js'
import { discover } from '../provider/discover.js'
import { providerFailure } from '../provider/failure.js'
import type { Metadata } from '../provider/metadata.js'
import { isForUs, type VerifiedClaims } from './verify-token.js'

/** How many answers are kept, and how many characters one of them may have as JSON. */
const MAX_ANSWERS = 2000
const MAX_LENGTH = 20_000

/** Seconds for which an answer is kept at most; that a token is good for nothing, for less. */
const MEMORY = 30
const REFUSAL_MEMORY = 5

/** What the provider says of a token; `undefined` for one that is good for nothing here. */
type Verdict = VerifiedClaims | undefined

const verdictsOf = weakCache(({ settings }: Provider) => new KeptAnswers<Verdict>(MAX_ANSWERS, settings.now))

/**
 * Asks the provider what an access token says (RFC 7662): for tokens that are no JWT, or one without the claims that
 * matter. Its answer is kept for at most 30 seconds, and never past the token's end; many that bring one token ask
 * once. Gives its claims, frozen.
 *
 * Throws `token_invalid` for a token that is not active, not an access token or for somebody else, or a
 * `ProviderError`.
 */
export async function introspectToken(
  provider: Provider,
  token: string,
  audience: string | undefined,
): Promise<VerifiedClaims> {
  const { now } = provider.settings
  const claims = await verdictsOf(provider).get(
    `${sha256(token)} ${audience ?? ''}`,
    () => ask(provider, token, audience),
    verdict => lastsUntil(verdict, now()),
  )
  if (claims === undefined) throw new TokenError('token_invalid')
  return claims
}

function lastsUntil(verdict: Verdict, now: number): number {
  if (verdict === undefined) return now + REFUSAL_MEMORY
  if (JSON.stringify(verdict).length > MAX_LENGTH) return now
  return Math.min(now + MEMORY, verdict.exp ?? Number.POSITIVE_INFINITY)
}

async function ask(provider: Provider, token: string, audience: string | undefined): Promise<Verdict> {
  const metadata = await discover(provider)
  const asked = endpoint(metadata)
  const hint = { token_type_hint: 'access_token' }
  const answer = await oidc
    .tokenIntrospection(client(provider, metadata), token, hint)
    .catch(error => Promise.reject(failure(error, asked)))
  const claims: Claims = { ...answer }
  return isGood(provider, metadata, claims, audience) ? deepFreeze(claims) : undefined
}

/** The client's secret goes there: over https, where the issuer is. */
function endpoint({ introspection_endpoint: url, issuer }: Metadata): string {
  if (!isHttpUrl(url)) throw new ProviderError('endpoint_missing')
  if (issuer.startsWith('https:') && !url.startsWith('https:')) throw new ProviderError('metadata_insecure')
  return url
}

function failure(error: unknown, asked: string): KeycloakError {
  const failure = providerFailure(error, asked)
  return failure.status < 500 ? new ProviderError('provider_rejected', { cause: error, asked }) : failure
}

/** All that is looked at in a JWT, but for the signature, which the connection stands for. */
function isGood(
  provider: Provider,
  { issuer }: Metadata,
  claims: VerifiedClaims,
  audience?: string,
): boolean {
  const { active, iss, exp, nbf, aud } = claims
  const { now, clockTolerance } = provider.settings
  const isTimely = isAtMost(nbf, now() + clockTolerance) && isAtMost(now() - clockTolerance, exp)
  const isOurs = audience === undefined ? isForUs(claims, provider.clientId) : [aud].flat().includes(audience)
  return (
    active === true && (iss === undefined || iss === issuer) && isTimely && isOurs && isAccessToken(claims)
  )
}

/** What is not said is no bound; what is no number is none that could be kept. */
function isAtMost(one: unknown, other: unknown): boolean {
  if (one === undefined || other === undefined) return true
  return typeof one === 'number' && typeof other === 'number' && one <= other
}

/** Keycloak says by `typ` what a token is, a refresh token too; others give access tokens alone a `token_type`. */
function isAccessToken({ typ, token_type }: VerifiedClaims): boolean {
  const type = typ ?? token_type
  return typeof type === 'string' && ['bearer', 'dpop'].includes(type.toLowerCase())
}
