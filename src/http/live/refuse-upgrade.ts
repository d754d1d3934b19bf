import { STATUS_CODES } from 'node:http'
import { Duplex } from 'node:stream'
import { checkArgument } from '../../check-options.js'
import { AccessError, KeycloakError } from '../../errors.js'
import { checkProvider } from '../../provider/check-provider.js'
import type { Provider } from '../../provider/provider.js'
import type { Check } from '../../util/checks.js'
import { isObject } from '../../util/kind-of.js'
import { refused } from '../refusal.js'

const SOCKET: Check<Duplex> = {
  expected: "the socket of the server's event upgrade",
  accepts: (v): v is Duplex => v instanceof Duplex,
}

/**
 * Answers a request for an upgrade with a failure, and closes its connection: with the error that
 * `authenticateUpgrade` rejected with, or without one `login_required` (401). The body is JSON, as guards give it.
 * Throws `invalid_options`.
 */
export function refuseUpgrade(provider: Provider, socket: Duplex, error?: unknown): void {
  checkProvider('refuseUpgrade()', provider)
  checkArgument('refuseUpgrade()', 'the socket', socket, SOCKET)
  const failure = refused(provider, 'access.refused', error ?? loginRequired(provider))
  const status = statusOf(failure)
  const isOurs = failure instanceof KeycloakError
  const body = JSON.stringify(
    isOurs && failure.expose ? { error: failure.code, error_description: failure.message } : {},
  )
  const headers = {
    Connection: 'close',
    'Content-Type': 'application/json',
    'Content-Length': String(Buffer.byteLength(body)),
    ...(isOurs && failure.headers),
  }
  const lines = Object.entries(headers).flatMap(([name, value]) =>
    [value].flat().map(each => `${name}: ${each}\r\n`),
  )
  socket.on('error', () => undefined) // the other side may be gone
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${lines.join('')}\r\n${body}`)
}

function loginRequired({ name }: Provider): AccessError {
  const headers = { 'WWW-Authenticate': `Cookie realm="${name}"` }
  return new AccessError('login_required', { headers })
}

function statusOf(error: unknown): number {
  const status = isObject(error) ? error.status : undefined
  return typeof status === 'number' && status >= 400 && status < 600 ? status : 500
}
