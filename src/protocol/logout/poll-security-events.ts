import { checkOptions } from '../../check-options.js'
import { KeycloakError, ProviderError } from '../../errors.js'
import { tell } from '../../events.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { KeycloakSecurityEvent } from '../../token.js'
import {
  type Checks,
  callable,
  httpUrl,
  listOf,
  required,
  type Settled,
  seconds,
  withDefault,
  word,
} from '../../util/checks.js'
import { isObject } from '../../util/kind-of.js'
import { clientToken } from '../api/client-token.js'
import {
  POLICY,
  type SecurityEventPolicy,
  serveSecurityEvent,
  verifySecurityEventToken,
} from './security-event.js'

export interface PollSecurityEventsOptions extends SecurityEventPolicy {
  /** The stream's poll endpoint: `delivery.endpoint_url` of the answer that made the stream. */
  endpoint: string
  /** Seconds between two looks, and after a failure. Default 10. */
  interval?: number | undefined
  /** Scopes of the client's token. Default `ssf.read`. */
  scopes?: readonly string[] | undefined
  /** Runs for each event, before it is acknowledged; what it throws lets the event come again. Default: nothing. */
  onEvent?: ((event: KeycloakSecurityEvent) => unknown) | undefined
}

/** A poll that goes on until it is stopped; it does not keep the process alive. */
export interface SecurityEventPoll {
  /** Ends the poll; resolves when what is under way is done. */
  stop(): Promise<void>
}

const OPTIONS = {
  ...POLICY,
  endpoint: required(httpUrl),
  interval: withDefault(seconds(3600), 10),
  scopes: withDefault(listOf(word), ['ssf.read']),
  onEvent: withDefault(callable<(event: KeycloakSecurityEvent) => unknown>(), () => undefined),
} satisfies Checks<PollSecurityEventsOptions>

type Settings = Settled<PollSecurityEventsOptions, typeof OPTIONS>

/** Events that one answer may have. */
const MAX_EVENTS = 100

/**
 * Fetches security events, for applications that the provider can not reach (RFC 8936): each is verified, ends the
 * logins that it covers, and is acknowledged. Several processes may poll: none of them ends anything twice.
 *
 * What fails is an event of `koa-keycloak:security_event.refused`, warned of once, and tried again. Throws
 * `invalid_options`.
 */
export function pollSecurityEvents(
  provider: Provider,
  options: PollSecurityEventsOptions,
): SecurityEventPoll {
  checkProvider('pollSecurityEvents()', provider)
  const poll = new Poll(provider, checkOptions('pollSecurityEvents()', options, OPTIONS))
  poll.look()
  return { stop: () => poll.stop() }
}

class Poll {
  readonly #provider: Provider
  readonly #settings: Settings
  /** What the transmitter is to be told of with the next request. */
  #answers = noAnswers()
  #timer: NodeJS.Timeout | undefined
  #underWay: Promise<void> = Promise.resolve()
  #isStopped = false
  #failure: unknown

  constructor(provider: Provider, settings: Settings) {
    this.#provider = provider
    this.#settings = settings
  }

  look(): void {
    this.#underWay = this.#fetchAll()
      .then(() => {
        this.#failure = undefined
      })
      .catch(error => this.#report(error))
      .then(() => {
        if (!this.#isStopped)
          this.#timer = setTimeout(() => this.look(), this.#settings.interval * 1000).unref()
      })
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#underWay
  }

  /** Until nothing more is there, and what was there is acknowledged. */
  async #fetchAll(): Promise<void> {
    for (let more = true; more; ) {
      const { sets, moreAvailable } = await this.#ask()
      for (const [jti, jwt] of Object.entries(sets)) await this.#serve(jti, jwt)
      more = (moreAvailable && Object.keys(sets).length > 0) || hasAnswers(this.#answers)
    }
  }

  async #ask(): Promise<{ sets: Record<string, unknown>; moreAvailable: boolean }> {
    const { endpoint, scopes } = this.#settings
    const { accessToken } = await clientToken(this.#provider, { scopes })
    const answers = this.#answers
    const response = await this.#provider.fetch(endpoint, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${accessToken}`,
        'content-type': 'application/json',
        accept: 'application/json',
      },
      body: JSON.stringify({ maxEvents: MAX_EVENTS, returnImmediately: true, ...answers }),
    })
    if (response.status !== 200) throw refusal(response.status, endpoint)
    this.#answers = noAnswers()
    const body: unknown = await response.json().catch(() => undefined)
    if (!isObject(body)) throw new ProviderError('provider_response_invalid', { asked: endpoint })
    return { sets: isObject(body.sets) ? body.sets : {}, moreAvailable: body.moreAvailable === true }
  }

  /** What is not valid never will be: the transmitter is told, and does not send it again. */
  async #serve(jti: string, jwt: unknown): Promise<void> {
    const { logins } = this.#provider
    try {
      const event = await verifySecurityEventToken(this.#provider, String(jwt), this.#settings)
      if (!(await logins.events.has(event.jti))) {
        event.ended = await serveSecurityEvent(this.#provider, event)
        await this.#settings.onEvent(event)
        await logins.events.add(event.jti)
      }
      this.#answers.ack.push(jti)
    } catch (error) {
      if (!(error instanceof KeycloakError) || error.code !== 'security_event_invalid') throw error
      this.#report(error)
      this.#answers.setErrs[jti] = { err: error.reason ?? 'invalid_request', description: error.message }
    }
  }

  #report(error: unknown): void {
    const { code = 'provider_error', reason } = error instanceof KeycloakError ? error : {}
    tell(this.#provider.name, 'security_event.refused', () => ({
      code,
      ...(reason !== undefined && { reason }),
    }))
    const failure = error instanceof KeycloakError ? error.code : error
    if (failure !== this.#failure) process.emitWarning(error instanceof Error ? error : String(error))
    this.#failure = failure
  }
}

interface Answers {
  ack: string[]
  setErrs: Record<string, { err: string; description: string }>
}

function noAnswers(): Answers {
  return { ack: [], setErrs: Object.create(null) }
}

function hasAnswers({ ack, setErrs }: Answers): boolean {
  return ack.length > 0 || Object.keys(setErrs).length > 0
}

function refusal(status: number, asked: string): ProviderError {
  if (status >= 500 || status === 429) return new ProviderError('provider_unavailable', { asked })
  return new ProviderError(status === 401 || status === 403 ? 'client_rejected' : 'provider_rejected', {
    asked,
  })
}
