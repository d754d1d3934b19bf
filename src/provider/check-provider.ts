import { checkIsCalled, invalidOptions } from '../check-options.js'
import { isObject, kindOf } from '../util/kind-of.js'
import { Provider } from './provider.js'

/**
 * Every factory and function that takes a provider calls this before anything else, `of` being how its call
 * reads: `bearer()`. Throws `invalid_options` for what is none.
 *
 * @param more what was given beside it, to a function that takes nothing else
 */
export function checkProvider(
  of: string,
  provider: unknown,
  more: readonly unknown[] = [],
): asserts provider is Provider {
  if (provider instanceof Provider) {
    if (more.length === 0) return
    checkIsCalled(of, more[0])
    throw invalidOptions(`${of} takes the provider and nothing else, but was given ${kindOf(more[0])} too.`)
  }
  checkIsCalled(of, provider)
  const hint = isObject(provider) && provider.provider instanceof Provider ? ': its provider is meant' : ''
  throw invalidOptions(
    `${of} takes first what createProvider() returns, but was given ${kindOf(provider)}${hint}.`,
  )
}
