import { withDeadline } from './deadline.js'
import { isObject } from './kind-of.js'

/** A request as a fetch function gets it; narrow, so that undici's `fetch` fits as well as the global one. */
export interface FetchRequest {
  method?: string
  headers: Record<string, string>
  body?: string | URLSearchParams
  redirect: 'manual'
  signal: AbortSignal
}

/** What is used of a fetch function's answer. */
export interface FetchResponse {
  readonly status: number
  readonly headers: Iterable<[string, string]>
  readonly body: AsyncIterable<Uint8Array> | null
}

/** What a fetch function must be able to do: the part of the global `fetch` that is used here. */
export type Fetch = (url: string, request: FetchRequest) => Promise<FetchResponse>

/** A fetch with limits; it sees to signal and redirects itself. */
export type BoundedFetch = (
  url: string,
  request: Omit<FetchRequest, 'redirect' | 'signal'>,
) => Promise<Response>

/** Thrown when a body is larger than allowed. */
export class BodyTooLargeError extends Error {
  override name = 'BodyTooLargeError'
}

/**
 * A fetch that can neither hang nor fill the memory: head and body arrive within `timeout` seconds and
 * `maxBytes`, redirects are not followed, and the request says who asks. A connection that the other side closed
 * while it was idle is found closed when it is used again: that request is sent once more, on another one.
 */
export function boundedFetch(
  fetch: Fetch,
  limits: { timeout: number; maxBytes: number; userAgent: string },
): BoundedFetch {
  return async function fetchBounded(url, request) {
    const abort = new AbortController()
    const headers = { ...request.headers, 'user-agent': limits.userAgent }
    try {
      const ask = () => fetch(url, { ...request, headers, redirect: 'manual', signal: abort.signal })
      return await withDeadline(
        onceMore(ask).then(response => readWhole(response, limits.maxBytes)),
        limits.timeout,
      )
    } catch (error) {
      abort.abort()
      throw error
    }
  }
}

async function onceMore(ask: () => Promise<FetchResponse>): Promise<FetchResponse> {
  try {
    return await ask()
  } catch (error) {
    if (!isConnectionClosed(error) || isFirstUse(error)) throw error
    return ask()
  }
}

const CLOSED = ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE']

/** Whether a fetch failed for a connection that there was, and that the other side closed. */
export function isConnectionClosed(error: unknown): boolean {
  return causes(error).some(({ code }) => CLOSED.includes(String(code)))
}

/** A connection on which nothing came yet was not idle: the other side does not answer at all. */
function isFirstUse(error: unknown): boolean {
  return causes(error).some(({ socket }) => isObject(socket) && socket.bytesRead === 0)
}

function causes(error: unknown): Record<string, unknown>[] {
  const all: Record<string, unknown>[] = []
  for (let e = error; isObject(e) && all.length < 8; e = e.cause) all.push(e)
  return all
}

async function readWhole(response: FetchResponse, maxBytes: number): Promise<Response> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of response.body ?? []) {
    bytes += part.byteLength
    if (bytes > maxBytes) throw new BodyTooLargeError(`a body of more than ${maxBytes} bytes`)
    parts.push(part)
  }
  const { status, headers } = response
  const withoutBody = status === 204 || status === 205 || status === 304
  return new Response(withoutBody ? null : Buffer.concat(parts), { status, headers: [...headers] })
}
