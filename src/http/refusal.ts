import { KeycloakError } from '../errors.js'
import { type EventName, tell } from '../events.js'
import type { Provider } from '../provider/provider.js'
import type { Context } from './types.js'

/** The events that say that something was refused. */
export type RefusalEvent = Extract<EventName, `${string}.refused`>

/** Failures that an event has told of: on its way up one may come by several pieces. */
const told = new WeakSet<KeycloakError>()

/** Leaves the trace of a refusal, and gives the failure back to be thrown. */
export function refused<E>(provider: Provider, event: RefusalEvent, error: E): E {
  if (error instanceof KeycloakError && !told.has(error)) {
    told.add(error)
    const { code, reason } = error
    tell(provider.name, event, () => ({ code, ...(reason !== undefined && { reason }) }))
  }
  return error
}

/** Runs a piece's work; what it throws leaves its trace, and is thrown on. */
export async function reporting<T>(
  provider: Provider,
  event: RefusalEvent,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw refused(provider, event, error)
  }
}

/**
 * Answers with a failure, and leaves its trace: for answers that need a body or headers of their own, which Koa
 * does not send with an error that is thrown.
 *
 * @param body what stands in the JSON beside `error` and `error_description` (RFC 6749, section 5.2)
 */
export function refuse(
  provider: Provider,
  ctx: Context,
  event: RefusalEvent,
  error: KeycloakError,
  body: object = {},
): void {
  refused(provider, event, error)
  ctx.status = error.status
  ctx.set(error.headers)
  ctx.body = { error: error.code, error_description: error.message, ...body }
}
