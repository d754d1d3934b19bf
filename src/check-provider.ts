import { checkIsCalled, invalid } from './check-options.js'
import { Provider } from './provider.js'
import { isObject } from './util/decode-claims.js'
import { kindOf } from './util/kind-of.js'

/**
 * Every factory and function that takes a provider calls this before anything else, `of` being how its call
 * reads: `bearer()`. Throws `invalid_options` for what is none.
 */
export function checkProvider(of: string, provider: unknown): asserts provider is Provider {
  if (provider instanceof Provider) return
  checkIsCalled(of, provider)
  const hint = isObject(provider) && provider.provider instanceof Provider ? ': its provider is meant' : ''
  throw invalid(`${of} takes first what createProvider() returns, but was given ${kindOf(provider)}${hint}.`)
}
