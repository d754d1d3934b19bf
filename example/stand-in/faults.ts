import type { IncomingMessage, ServerResponse } from 'node:http'
import { errorPage } from './pages/pages.js'

export const endpoints = [
  'discovery',
  'jwks',
  'token',
  'refresh',
  'userinfo',
  'authorization',
  'end_session',
] as const
/** `token` is the token endpoint for everything but a refresh, which is `refresh`. */
export type Endpoint = (typeof endpoints)[number]

/**
 * `hang`: no answer until the fault is taken away; `error`: 500 with JSON; `unavailable`: 503; `invalid_grant`:
 * 400; `html`: 200 with a page; `drop`: the connection ends without an answer.
 */
export type Fault = 'hang' | 'error' | 'unavailable' | 'invalid_grant' | 'html' | 'drop'

/** The ways in which the stand-in is out of order, by endpoint. */
export class Faults {
  readonly #active = new Map<Endpoint, Fault>()
  readonly #waiting = new Set<() => void>()

  set(fault: Fault | undefined, where: readonly Endpoint[]): void {
    for (const endpoint of where) {
      if (fault) this.#active.set(endpoint, fault)
      else this.#active.delete(endpoint)
    }
    for (const wake of this.#waiting) wake()
  }

  /** True: the request has been answered, or will never be. */
  async strike(endpoint: Endpoint, req: IncomingMessage, res: ServerResponse): Promise<boolean> {
    while (this.#active.get(endpoint) === 'hang') {
      await new Promise<void>(resolve => {
        this.#waiting.add(resolve)
        req.socket.once('close', resolve)
      })
      if (req.socket.destroyed) return true
    }
    const fault = this.#active.get(endpoint)
    if (fault) answer(fault, req, res)
    return fault !== undefined
  }
}

function answer(fault: Fault, req: IncomingMessage, res: ServerResponse): void {
  req.resume()
  if (fault === 'drop') req.socket.destroy()
  else if (fault === 'html') reply(res, 200, 'text/html; charset=utf-8', '<!doctype html><title>Oops</title>')
  else if (fault === 'invalid_grant') replyError(res, 400, 'invalid_grant')
  else if (fault === 'unavailable') unavailable(req, res)
  else replyError(res, 500, 'unknown_error')
}

/** A browser gets a page, as from whatever stands before a Keycloak that is down. */
function unavailable(req: IncomingMessage, res: ServerResponse): void {
  if (!/\btext\/html\b/.test(req.headers.accept ?? '')) replyError(res, 503, 'temporarily_unavailable')
  else
    reply(res, 503, 'text/html; charset=utf-8', errorPage('Keycloak is down. Go back, and try again later.'))
}

function replyError(res: ServerResponse, status: number, error: string): void {
  reply(res, status, 'application/json', JSON.stringify({ error, error_description: 'Out of order' }))
}

function reply(res: ServerResponse, status: number, type: string, body: string): void {
  res.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(body)
}
