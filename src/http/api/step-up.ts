import { checkArgument } from '../../check-options.js'
import { LoginError } from '../../errors.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { Check } from '../../util/checks.js'
import { isObject } from '../../util/kind-of.js'
import { CONTEXT } from '../check-context.js'
import { askToLogIn } from '../guard/ask-to-log-in.js'
import { loadedState, loginOf } from '../guard/login-state.js'
import { type Demand, suffices } from '../guard/suffices.js'
import { refused } from '../refusal.js'
import type { Context } from '../types.js'

/** As much of an API's answer as is looked at: a `Response` of fetch has it. */
export interface ApiResponse {
  readonly status: number
  readonly headers: { get(name: string): string | null }
}

const RESPONSE: Check<ApiResponse> = {
  expected: 'a response, with status and headers as those of fetch have them',
  accepts: (v): v is ApiResponse =>
    isObject(v) && typeof v.status === 'number' && isObject(v.headers) && typeof v.headers.get === 'function',
}

/** Characters of a challenge that are read; authentication contexts in it, and characters of one. */
const MAX_CHALLENGE = 4000
const MAX_CONTEXTS = 10
const MAX_CONTEXT = 100

/**
 * Does what an API asks that wants a user to log in more recently or in a stronger way (RFC 9470, section 4): a browser
 * goes to the login and comes back, anything else gets `login_required` (401), as from `requireLogin`. Tells whether the
 * answer was such a challenge, and the request is answered by that; of any other answer nothing is done.
 *
 * Throws `step_up_failed` (403) for a login that is already as the API wants it: another one would be, too.
 * `piece_missing`, `invalid_options`.
 *
 * @param response the API's answer
 */
export async function stepUp(provider: Provider, ctx: Context, response: ApiResponse): Promise<boolean> {
  checkProvider('stepUp()', provider)
  checkArgument('stepUp()', 'ctx', ctx, CONTEXT)
  checkArgument('stepUp()', 'the answer', response, RESPONSE)
  const demand = demandIn(response)
  if (demand === undefined) return false
  const state = loadedState(provider, ctx, 'stepUp')
  if (state.loggedIn && suffices(provider, loginOf(state).record, demand))
    throw refused(provider, 'access.refused', new LoginError('step_up_failed'))
  await askToLogIn(provider, ctx, demand)
  return true
}

function demandIn({ status, headers }: ApiResponse): Demand | undefined {
  const text = status === 401 ? headers.get('www-authenticate') : null
  if (text === null || text.length > MAX_CHALLENGE) return undefined
  const params = challengesIn(text).find(
    challenge => challenge.get('error') === 'insufficient_user_authentication',
  )
  if (params === undefined) return undefined
  const acr = contextsIn(params.get('acr_values'))
  const maxAge = secondsIn(params.get('max_age'))
  if (acr === undefined && maxAge === undefined) return undefined
  return { ...(acr && { acr }), ...(maxAge !== undefined && { maxAge }) }
}

/** Parameters of each challenge in a header (RFC 9110, section 11.6.1): a word without `=` begins the next one. */
function challengesIn(text: string): Map<string, string>[] {
  const challenges: Map<string, string>[] = []
  for (const [, name = '', quoted, bare] of text.matchAll(
    /([!#$%&'*+.^_`|~\w-]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]*)))?/g,
  )) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? bare
    if (value === undefined) challenges.push(new Map())
    else challenges.at(-1)?.set(name.toLowerCase(), value)
  }
  return challenges
}

function contextsIn(value: string | undefined): string[] | undefined {
  const contexts = value?.split(' ').filter(Boolean) ?? []
  const isUsable = contexts.every(context => context.length <= MAX_CONTEXT && /^[!-~]+$/.test(context))
  return contexts.length > 0 && contexts.length <= MAX_CONTEXTS && isUsable ? contexts : undefined
}

function secondsIn(value: string | undefined): number | undefined {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) : undefined
}
