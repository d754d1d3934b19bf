import type { Check } from '../util/checks.js'
import { isKoaContext } from '../util/kind-of.js'
import type { Context } from './types.js'

/** What a call that belongs to a request has to be given. */
export const CONTEXT: Check<Context> = {
  expected: 'the context of a request',
  accepts: (v): v is Context => isKoaContext(v),
}
