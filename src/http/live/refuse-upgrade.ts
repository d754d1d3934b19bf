import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { AccessError, KeycloakError } from '../../errors.js'
import { isObject } from '../../util/decode-claims.js'

/**
 * Answers a request for an upgrade with a failure, and closes its connection: with the error that
 * `authenticateUpgrade` rejected with, or without one `login_required` (401). The body is JSON, as guards give it.
 */
export function refuseUpgrade(socket: Duplex, error: unknown = loginRequired()): void {
  const status = statusOf(error)
  const isOurs = error instanceof KeycloakError
  const body = JSON.stringify(
    isOurs && error.expose ? { error: error.code, error_description: error.message } : {},
  )
  const headers = {
    Connection: 'close',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...(isOurs && error.headers),
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map(each => `${name}: ${each}\r\n`),
  )
  socket.on('error', () => undefined) // the other side may be gone
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`)
}

function loginRequired(): AccessError {
  return new AccessError('login_required', { headers: { 'WWW-Authenticate': 'Cookie realm="login"' } })
}

function statusOf(error: unknown): number {
  const status = isObject(error) ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}
