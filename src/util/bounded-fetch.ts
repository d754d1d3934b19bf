import { withDeadline } from './deadline.js'

/** What a fetch function must be able to do: the part of the global `fetch` that is used here. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>

/** Thrown when a body is larger than allowed. */
export class BodyTooLargeError extends Error {
  override name = 'BodyTooLargeError'
}

/**
 * A fetch that can neither hang nor fill the memory: head and body arrive within `timeout` seconds and
 * `maxBytes`, redirects are not followed, and the request says who asks.
 */
export function boundedFetch(
  fetch: Fetch,
  limits: { timeout: number; maxBytes: number; userAgent: string },
): Fetch {
  return async function fetchBounded(url, init) {
    const abort = new AbortController()
    const headers = new Headers(init.headers)
    headers.set('user-agent', limits.userAgent)
    try {
      return await withDeadline(
        fetch(url, { ...init, headers, redirect: 'manual', signal: abort.signal }).then(response =>
          readWhole(response, limits.maxBytes),
        ),
        limits.timeout,
      )
    } catch (error) {
      abort.abort()
      throw error
    }
  }
}

async function readWhole(response: Response, maxBytes: number): Promise<Response> {
  const parts: Uint8Array[] = []
  let bytes = 0
  for await (const part of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    bytes += part.byteLength
    if (bytes > maxBytes) throw new BodyTooLargeError(`a body of more than ${maxBytes} bytes`)
    parts.push(part)
  }
  const { status, headers } = response
  const withoutBody = status === 204 || status === 205 || status === 304
  return new Response(withoutBody ? null : Buffer.concat(parts), { status, headers })
}
