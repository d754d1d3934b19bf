import type { IncomingMessage, ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import { oauthError, type Reply } from '../../../src/testing/provider/reply.js'
import type { Answer, Mischief } from './knobs.js'

export function send(res: ServerResponse, { status, headers, body }: Reply): void {
  if (!res.destroyed) res.writeHead(status, headers).end(body)
}

export async function misbehave(
  mischief: Mischief,
  req: IncomingMessage,
  res: ServerResponse,
  right: Reply,
): Promise<void> {
  if (typeof mischief === 'object') return answer(mischief, res, right)
  switch (mischief) {
    case 'hang':
      return
    case 'drop':
    case 'lost':
      req.socket.destroy()
      return
    case 'huge':
      return stream(res, 60 * 2 ** 20)
    case 'slow':
      return trickle(res, right)
    case 'half':
      res.writeHead(right.status, right.headers).write(right.body.slice(0, right.body.length / 2))
      return
    case 'redirect':
      return redirect(req, res, right)
    default:
      send(res, wrongReply(mischief, right))
  }
}

function wrongReply(mischief: 'error' | 'html' | 'garbage' | 'empty' | 'wrong-type', right: Reply): Reply {
  switch (mischief) {
    case 'error':
      return oauthError(500, 'server_error', 'secret internals')
    case 'html':
      return {
        ...right,
        headers: { 'content-type': 'text/html' },
        body: '<!doctype html><title>Oops</title>',
      }
    case 'garbage':
      return { ...right, body: `${right.body.slice(0, -1)}, ]` }
    case 'empty':
      return { ...right, body: '' }
    case 'wrong-type':
      return { ...right, headers: { ...right.headers, 'content-type': 'text/plain' } }
  }
}

async function answer(own: Answer, res: ServerResponse, right: Reply): Promise<void> {
  if (own.delay) await delay(own.delay * 1000)
  const body = typeof own.body === 'object' ? JSON.stringify(own.body) : own.body
  send(res, {
    status: own.status ?? right.status,
    headers: { ...right.headers, ...own.headers },
    body: body ?? right.body,
  })
}

/** Correct JSON of that size; it stops when the other side has had enough. */
async function stream(res: ServerResponse, bytes: number): Promise<void> {
  const chunk = 'x'.repeat(64 * 2 ** 10)
  res.writeHead(200, { 'content-type': 'application/json' }).write('{"padding":"')
  for (let sent = 0; sent < bytes && !res.destroyed; sent += chunk.length) {
    if (!res.write(chunk)) await drained(res)
  }
  if (!res.destroyed) res.end('"}')
}

function drained(res: ServerResponse): Promise<void> {
  return new Promise(resolve => {
    const done = () => {
      res.off('drain', done).off('close', done)
      resolve()
    }
    res.on('drain', done).on('close', done)
  })
}

/** Blanks in front of JSON are JSON: only the clock can tell that the body never ends. */
function trickle(res: ServerResponse, right: Reply): void {
  res.writeHead(right.status, right.headers)
  const timer = setInterval(() => res.write(' '), 20)
  res.on('close', () => clearInterval(timer))
}

function redirect(req: IncomingMessage, res: ServerResponse, right: Reply): void {
  const here = req.url ?? '/'
  const location = `${here}${here.includes('?') ? '&' : '?'}redirected`
  send(res, here.includes('redirected') ? right : { status: 302, headers: { location }, body: '' })
}
