import type Koa from 'koa'

/** Takes a form only from the application's own pages, and not from another port of this machine either. */
export async function sameOriginOnly(ctx: Koa.ParameterizedContext, next: Koa.Next): Promise<void> {
  const site = ctx.get('sec-fetch-site')
  const isOwn = site ? site === 'same-origin' : ctx.get('origin') === ctx.origin
  if (!isOwn) ctx.throw(403, 'This form was not sent by a page of this application.')
  await next()
}
