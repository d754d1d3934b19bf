import { exchangeKey, exchangeToken, knownExchange, type Wanted } from '../../protocol/api/exchange-token.js'
import type { Provider } from '../../provider/provider.js'
import { reporting } from '../refusal.js'
import type { Context } from '../types.js'
import { asSubject, subjectOf } from './subject.js'

/** A token for other services in the name of the request's subject. Throws what `accessToken` says of an exchange. */
export async function exchangedToken(
  provider: Provider,
  ctx: Context,
  wanted: Wanted,
  anew: boolean,
): Promise<string> {
  const subject = subjectOf(provider, ctx, 'accessToken')
  const known = subject && !anew && (await knownExchange(provider, exchangeKey(subject.lastingKey, wanted)))
  if (known) return known
  return reporting(provider, 'access.refused', () =>
    asSubject(
      provider,
      ctx,
      'accessToken',
      ({ lastingKey }, token) =>
        exchangeToken(provider, exchangeKey(lastingKey, wanted), token, wanted, anew),
      anew,
    ),
  )
}
