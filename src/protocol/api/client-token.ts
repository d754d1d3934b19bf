import * as oidc from 'openid-client'
import { checkOptions } from '../../check-options.js'
import { ProviderError } from '../../errors.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import { KeycloakAuthToken, type TokenSet } from '../../token.js'
import { type Checks, listOf, withDefault, word } from '../../util/checks.js'
import { decodeClaims } from '../../util/decode-claims.js'
import { LruMap } from '../../util/lru-map.js'
import { weakCache } from '../../util/weak-cache.js'
import { checkAccessToken } from '../login/access-check.js'
import { client } from '../provider/client.js'
import { discover } from '../provider/discover.js'
import { providerFailure } from '../provider/failure.js'
import { accessTokenDue } from '../renewal/due.js'
import { tokenSet } from '../renewal/token-response.js'

/** How many tokens of the application itself are kept, each for other scopes. */
const MAX_CLIENT_TOKENS = 100

/** Tokens of the application itself, by their scopes. */
const tokensOf = weakCache((_: Provider) => new LruMap<Promise<TokenSet>>(MAX_CLIENT_TOKENS))

export interface ClientTokenOptions {
  /** Scopes to ask for. Default: none, which is what the client has by default. */
  scopes?: readonly string[]
}

const OPTIONS = {
  scopes: withDefault(listOf(word), []),
} satisfies Checks<ClientTokenOptions>

/**
 * A token of the application itself (client credentials, RFC 6749 section 4.4; in Keycloak: "Service accounts
 * roles"). Kept until shortly before it expires, and asked for once however many want it.
 *
 * Throws a `ProviderError`, `client_rejected` above all, or `invalid_options`.
 */
export async function clientToken(
  provider: Provider,
  options: ClientTokenOptions = {},
): Promise<KeycloakAuthToken> {
  checkProvider('clientToken()', provider)
  const { scopes } = checkOptions('clientToken()', options, OPTIONS)
  const kept = tokensOf(provider)
  const scope = scopes.join(' ')
  const known = kept.get(scope)
  const tokens = await known
  if (tokens && isGood(tokens, provider.settings.now())) return new KeycloakAuthToken(tokens)
  // Of all who found the kept one spent, the first asks.
  if (kept.get(scope) === known) {
    const asked = request(provider, scope)
    kept.set(scope, asked)
    asked.catch(() => kept.delete(scope))
  }
  return new KeycloakAuthToken(await (kept.get(scope) ?? request(provider, scope)))
}

/** One of unknown life is not kept. */
function isGood(tokens: TokenSet, now: number): boolean {
  return tokens.expiresIn !== undefined && accessTokenDue(tokens, now) === 'no'
}

async function request(provider: Provider, scope: string): Promise<TokenSet> {
  const metadata = await discover(provider)
  try {
    const configuration = client(provider, metadata)
    const response = await oidc.clientCredentialsGrant(configuration, scope ? { scope } : {})
    return await checked(provider, tokenSet(response, provider.settings.now()))
  } catch (error) {
    const failure = providerFailure(error, metadata.token_endpoint)
    // There was no code that could be wrong.
    throw failure.code === 'code_rejected'
      ? new ProviderError('provider_rejected', { cause: error })
      : failure
  }
}

/** What it says of itself is believed when it is verified, as with any access token. */
async function checked(provider: Provider, tokens: TokenSet): Promise<TokenSet> {
  const sub = String(decodeClaims(tokens.accessToken)?.sub)
  const accessCheck = await checkAccessToken(provider, tokens.accessToken, { sub })
  return { ...tokens, ...(accessCheck && { accessCheck }) }
}

/** How many tokens of the application itself are kept; for tests. */
export function keptClientTokens(provider: Provider): number {
  return tokensOf(provider).size
}
