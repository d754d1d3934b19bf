import { randomUUID } from 'node:crypto'
import { checkOptions } from '../check-options.js'
import { type Checks, listOf, oneOrMore, seconds, text, withDefault, word } from '../util/checks.js'
import { PERSON, type PersonOptions, personOf } from './person.js'
import type { OpenIdProvider } from './provider/provider.js'

/** Whose access token it is, and for what. */
export interface BearerOptions extends PersonOptions {
  /** Who the token is for (`aud`), besides Keycloak's own account pages. */
  audience?: string | readonly string[]
  /** Scopes besides `openid profile email`. Default: none. */
  scopes?: readonly string[]
  /** The client that asked for the token (`azp`). Default: the kit's. */
  clientId?: string
  /** Seconds that the token lives. Default: the provider's. */
  lifetime?: number
}

const OPTIONS = {
  ...PERSON,
  audience: oneOrMore(text),
  scopes: withDefault(listOf(word), []),
  clientId: text,
  lifetime: seconds(1e9),
} satisfies Checks<BearerOptions>

/** An access token as a client would bring it to an API. */
export async function bearerToken(
  provider: OpenIdProvider,
  ownClientId: string,
  options: BearerOptions,
): Promise<string> {
  const {
    audience = [],
    scopes,
    clientId = ownClientId,
    lifetime,
    ...person
  } = checkOptions('kc.bearer()', options, OPTIONS)
  const authTime = Math.floor(provider.settings.now())
  const session = provider.sessions.open(personOf(provider.settings.issuer, person), authTime, randomUUID())
  const scope = [...new Set(['openid', 'profile', 'email', ...scopes])].join(' ')
  return provider.issuer.accessToken(
    { session, clientId, scope },
    { audience: [audience].flat(), ...(lifetime !== undefined && { lifetime }) },
  )
}
