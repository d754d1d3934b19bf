import type { IncomingMessage, ServerResponse } from 'node:http'
import type Koa from 'koa'
import { unwatched } from './channels.js'
import { requestLine } from './mask.js'
import type { Lane, NewStep, Timeline } from './timeline.js'

/** What the demo needs for itself, and no application would have. */
const OWN = /^\/(live|break|clear|page\.js|style\.css|favicon\.ico)\b/

/** Each request to an application is a line, and the redirects of Keycloak are arrows. */
export function watchVisits(timeline: Timeline, to: Lane) {
  return async function watchVisits(ctx: Koa.ParameterizedContext, next: Koa.Next): Promise<void> {
    if (OWN.test(ctx.path)) return unwatched(next)
    const step = timeline.add({ ...arrival(ctx, to), to, text: requestLine(ctx.method, ctx.url) })
    try {
      await next()
    } finally {
      timeline.answer(step, `${ctx.status}`)
    }
  }
}

function arrival(ctx: Koa.ParameterizedContext, to: Lane): Pick<NewStep, 'kind' | 'from'> {
  if (ctx.path === '/openid/logout_request') return { kind: 'call', from: 'keycloak' }
  if (ctx.path === '/openid/auth') return { kind: 'visit', from: 'keycloak' }
  if (ctx.path === '/api/greeting') return { kind: 'call', from: to === 'one' ? 'two' : 'one' }
  return { kind: 'visit', from: to }
}

const LANES: Record<string, Lane> = { 'koa-app': 'one', 'koa-public': 'two' }

/** What browsers ask of Keycloak; what applications ask of it they tell themselves. */
export function watchKeycloak(timeline: Timeline) {
  return function watchKeycloak(req: IncomingMessage, res: ServerResponse): void {
    const url = new URL(req.url ?? '/', 'http://localhost')
    if (!/\/openid-connect\/(auth|logout)$|\/authenticate\//.test(url.pathname)) return
    const from = LANES[url.searchParams.get('client_id') ?? ''] ?? 'keycloak'
    const text = requestLine(req.method ?? 'GET', `${url}`)
    const step = timeline.add({ kind: 'visit', from, to: 'keycloak', text })
    res.on('close', () => timeline.answer(step, `${res.statusCode}`))
  }
}
