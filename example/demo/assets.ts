import type Koa from 'koa'
import { script } from './script.js'
import { style } from './style.js'

/** Allows nothing but what comes from here, and no frame around it. */
const POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

/** What needs no login; it stands before the session, so that looking for news renews no token. */
export function serveAssets() {
  return async function serveAssets(ctx: Koa.ParameterizedContext, next: Koa.Next): Promise<void> {
    ctx.set('Content-Security-Policy', POLICY)
    ctx.set('X-Content-Type-Options', 'nosniff')
    if (ctx.path === '/style.css') return send(ctx, 'text/css', style)
    if (ctx.path === '/page.js') return send(ctx, 'text/javascript', script)
    if (ctx.path === '/favicon.ico') {
      ctx.status = 204
      return
    }
    await next()
  }
}

function send(ctx: Koa.ParameterizedContext, type: string, body: string): void {
  ctx.type = type
  ctx.body = body
}
