import type { IncomingMessage } from 'node:http'
import { UpstreamError } from '../../../errors.js'
import type { Context } from '../../types.js'
import { headersDown } from './headers.js'

export interface Mount {
  api: URL
  path: string
}

/**
 * Gives the browser the API's answer, as it comes. Throws `upstream_unavailable` for a redirect that leaves the API:
 * followed by the browser it would lead to a place that only we can reach, or that a stranger chose.
 */
export function relay(ctx: Context, answer: IncomingMessage, mount: Mount): void {
  const status = answer.statusCode ?? 502
  const location = locationDown(answer.headers.location, mount)
  if (location === null) {
    answer.destroy()
    throw new UpstreamError('upstream_unavailable', { detail: 'It redirects to elsewhere.' })
  }
  ctx.status = status
  ctx.body = answer
  ctx.set(headersDown(answer.headers))
  if (answer.headers['content-type'] === undefined) ctx.remove('Content-Type')
  if (answer.headers['cache-control'] === undefined) ctx.set('Cache-Control', 'no-store')
  if (location !== undefined) ctx.set('Location', location)
  // The head goes out as soon as Koa begins to send: events may be long in coming.
  ctx.res.once('pipe', () => ctx.res.flushHeaders())
  if (ctx.method === 'HEAD') answer.resume()
}

/** Where a redirect leads, in the browser's words; `null` where it leaves the API. */
function locationDown(location: string | undefined, { api, path }: Mount): string | undefined | null {
  if (location === undefined) return undefined
  const base = api.pathname.replace(/\/$/, '')
  if (!URL.canParse(location, api.href)) return null
  const url = new URL(location, api.href)
  const isBelow = url.origin === api.origin && (url.pathname === base || url.pathname.startsWith(`${base}/`))
  return isBelow ? `${path}${url.pathname.slice(base.length)}${url.search}${url.hash}` : null
}
