import type { Provider } from '../index.js'
import { checkProvider } from '../provider/check-provider.js'
import { isObject } from '../util/kind-of.js'

/** What `createKeycloak()` or `createProvider()` returns. */
export type Subject = Provider | { readonly provider: Provider }

/** The provider that is meant. Throws `invalid_options` for anything else, `of` being how the call reads. */
export function providerOf(of: string, subject: Subject): Provider {
  const provider = isObject(subject) && 'provider' in subject ? subject.provider : subject
  checkProvider(of, provider)
  return provider
}
