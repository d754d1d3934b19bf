import { STATUS_CODES } from 'node:http'
import type Koa from 'koa'
import { KeycloakError } from '../../src/index.js'
import type { Application, Demo } from './application.js'
import { errorPage } from './pages/error.js'

/**
 * Shows errors as a page. Those of the package say which headers belong to them, and whether to show the
 * text.
 */
export function explainErrors(demo: Demo, own: Application) {
  return async function explainErrors(ctx: Koa.ParameterizedContext, next: Koa.Next): Promise<void> {
    try {
      await next()
      if (ctx.status === 404 && ctx.body === undefined) ctx.throw(404, 'There is no such page.')
    } catch (error) {
      const { status = 500, expose = false, message } = error as { status?: number; expose?: boolean } & Error
      if (status >= 500) ctx.app.emit('error', error, ctx)
      if (error instanceof KeycloakError) ctx.set(error.headers as Record<string, string>)
      ctx.status = status
      ctx.type = 'html'
      ctx.body = errorPage(demo, own, {
        title: STATUS_CODES[status] ?? 'Error',
        text: expose ? message : 'Something is wrong on our side. Please try again in a moment.',
        code: error instanceof KeycloakError ? error.code : undefined,
      }).toString()
    }
  }
}
