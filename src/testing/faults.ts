import { type Check, oneOf } from '../util/checks.js'
import type { Endpoint } from './provider/endpoints.js'
import { oauthError, page, type Reply } from './provider/reply.js'

/** The endpoints that an application itself asks. */
export type FailingEndpoint = Exclude<Endpoint, 'authorization' | 'endSession'>

/**
 * How an endpoint fails. `hang`: no answer, until it is mended or the application gives up; `drop`: no connection;
 * `error`: 500; `unavailable`: 503; `html`: a page, with 200, as a proxy shows one; `garbage`: JSON that breaks off;
 * `invalid_grant`: 400, as for a session that has ended.
 */
export type Failure = 'hang' | 'drop' | 'error' | 'unavailable' | 'html' | 'garbage' | 'invalid_grant'

export const failingEndpoint: Check<FailingEndpoint> = oneOf(
  'discovery',
  'jwks',
  'token',
  'userinfo',
  'revocation',
)

export const failure: Check<Failure> = oneOf(
  'hang',
  'drop',
  'error',
  'unavailable',
  'html',
  'garbage',
  'invalid_grant',
)

const ANSWERS: Record<Exclude<Failure, 'hang' | 'drop'>, Reply> = {
  error: oauthError(500, 'unknown_error', 'Out of order'),
  unavailable: oauthError(503, 'temporarily_unavailable', 'Out of order'),
  html: page(200, 'Out of order'),
  garbage: { status: 200, headers: { 'content-type': 'application/json' }, body: '{"issuer":' },
  invalid_grant: oauthError(400, 'invalid_grant', 'Session not active'),
}

/** Which endpoints are out of order, and how. */
export class Faults {
  readonly #active = new Map<Endpoint, Failure>()
  readonly #waiting = new Set<() => void>()

  set(endpoint: Endpoint, failure: Failure): void {
    this.#active.set(endpoint, failure)
    this.#wake()
  }

  /** Puts one endpoint in order again, or all. */
  mend(endpoint?: Endpoint): void {
    if (endpoint === undefined) this.#active.clear()
    else this.#active.delete(endpoint)
    this.#wake()
  }

  /**
   * What a request to the endpoint gets in place of the right answer; `undefined` when nothing is wrong with it.
   * Rejects like a fetch that finds no server, or whose signal says that it is too late.
   */
  async strike(endpoint: Endpoint, signal: AbortSignal | undefined): Promise<Reply | undefined> {
    while (this.#active.get(endpoint) === 'hang') await this.#change(signal)
    const failure = this.#active.get(endpoint)
    if (failure === undefined || failure === 'hang') return undefined
    if (failure === 'drop') throw new TypeError('fetch failed', { cause: new Error('connect ECONNREFUSED') })
    return ANSWERS[failure]
  }

  #wake(): void {
    for (const wake of this.#waiting) wake()
    this.#waiting.clear()
  }

  #change(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      signal?.throwIfAborted()
      this.#waiting.add(resolve)
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true })
    })
  }
}
