import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import type { Endpoint } from './faults.js'

const byPath: [RegExp, Endpoint][] = [
  [/\/\.well-known\/openid-configuration$/, 'discovery'],
  [/\/(certs|jwks)$/, 'jwks'],
  [/\/token$/, 'token'],
  [/\/(userinfo|me)$/, 'userinfo'],
  [/\/auth$/, 'authorization'],
  [/\/openid-connect\/logout$/, 'end_session'],
]

/** Which of the counted endpoints a request is for. */
export async function classify(req: IncomingMessage): Promise<Endpoint | undefined> {
  const path = req.url?.split('?')[0] ?? ''
  const endpoint = byPath.find(([pattern]) => pattern.test(path))?.[1]
  if (endpoint !== 'token' || req.method !== 'POST') return endpoint
  return /(^|&)grant_type=refresh_token(&|$)/.test(await peek(req)) ? 'refresh' : 'token'
}

/** The beginning of a body, which stays there for its reader. */
async function peek(req: IncomingMessage): Promise<string> {
  if (!Number(req.headers['content-length'])) return ''
  let chunk = req.read()
  if (chunk === null) {
    await once(req, 'readable')
    chunk = req.read()
  }
  if (chunk !== null) req.unshift(chunk)
  return String(chunk)
}

/**
 * Cuts the realm's path off, the way oidc-provider expects to be mounted. False: the request is for something
 * else. `offline_access` becomes the `offline` of access-token.ts on its way in.
 */
export function mountRequest(req: IncomingMessage & { originalUrl?: string }, mount: string): boolean {
  const url = mount
    ? (req.url ?? '').replace(/([?&]scope=[^&]*?)offline_access/, '$1offline')
    : (req.url ?? '')
  if (!url.startsWith(`${mount}/`)) return false
  req.originalUrl = url
  req.url = url.slice(mount.length)
  return true
}
