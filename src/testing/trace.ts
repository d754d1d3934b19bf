import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { EventName, EventOf } from '../events.js'
import { isObject } from '../util/kind-of.js'
import type { Incoming } from './door.js'

const REFUSALS = ['login.refused', 'logout_request.refused', 'access.refused'] as const satisfies EventName[]

type Refusal = EventOf<(typeof REFUSALS)[number]>

/** Does something, and tells beside its outcome what koa-keycloak refused meanwhile, in this process. */
export async function watched<T>(work: () => Promise<T>): Promise<[outcome: T, refusals: Refusal[]]> {
  const refusals: Refusal[] = []
  const note = (refusal: unknown) => void refusals.push(refusal as Refusal)
  for (const name of REFUSALS) subscribe(`koa-keycloak:${name}`, note)
  try {
    return [await work(), refusals]
  } finally {
    for (const name of REFUSALS) unsubscribe(`koa-keycloak:${name}`, note)
  }
}

/** The code of a refusal: the error's own, else that of the event, else what stands in the answer. */
export function codeOf({ error, body }: Incoming, refusals: readonly Refusal[]): string | undefined {
  const own = isObject(error) ? error.code : undefined
  const code = own ?? refusals.at(-1)?.code ?? errorIn(body)
  return typeof code === 'string' ? code : undefined
}

/** Why it was refused, in words: the error's own, else what the application says to its visitors. */
export function reasonOf({ error, body }: Incoming): string {
  if (error instanceof Error) return error.message
  const text = body
    .replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim()
  return text.length > 300 ? `${text.slice(0, 300)}…` : text
}

function errorIn(body: string): unknown {
  try {
    const json: unknown = JSON.parse(body)
    return isObject(json) ? json.error : undefined
  } catch {
    return undefined
  }
}

export function outcome(status: number, code: string | undefined): string {
  return code === undefined ? `${status}` : `${status} ${code}`
}
