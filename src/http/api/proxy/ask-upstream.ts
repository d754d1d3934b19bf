import { Agent, type IncomingMessage, type OutgoingHttpHeaders, request as requestHttp } from 'node:http'
import { request as requestHttps, Agent as TlsAgent } from 'node:https'
import type { Readable } from 'node:stream'
import { UpstreamError } from '../../../errors.js'

/** Connections are kept for the next request of anybody: nothing of a user is tied to one. */
const AGENTS = { 'http:': new Agent({ keepAlive: true }), 'https:': new TlsAgent({ keepAlive: true }) }

export interface UpstreamRequest {
  method: string
  headers: OutgoingHttpHeaders
  /** Streamed up as it comes; `undefined` for a request without a body. */
  body: Readable | undefined
  /** Seconds until the answer has to begin. */
  timeout: number
  signal: AbortSignal
}

/**
 * Asks the API, and gives its answer once the head is there; no redirect is followed, nothing is decoded. The signal
 * ends the request and the answer, whichever is under way.
 *
 * Rejects with `upstream_timeout` (504) and `upstream_unavailable` (502).
 */
export function askUpstream(url: URL, asked: UpstreamRequest): Promise<IncomingMessage> {
  const { method, headers, body, timeout, signal } = asked
  const isSecure = url.protocol === 'https:'
  return new Promise((resolve, reject) => {
    const options = { method, headers, signal, agent: AGENTS[isSecure ? 'https:' : 'http:'] }
    const request = (isSecure ? requestHttps : requestHttp)(url, options)
    const late = setTimeout(
      () => request.destroy(new UpstreamError('upstream_timeout', { asked: url.href })),
      timeout * 1000,
    )
    const fail = (error: Error) => {
      clearTimeout(late)
      body?.unpipe(request)
      const isOurs = error instanceof UpstreamError
      reject(isOurs ? error : new UpstreamError('upstream_unavailable', { cause: error, asked: url.href }))
    }
    request.on('error', fail)
    request.on('response', response => {
      clearTimeout(late)
      resolve(response)
    })
    if (body === undefined) return request.end()
    body.once('error', error => request.destroy(error))
    body.pipe(request)
  })
}
