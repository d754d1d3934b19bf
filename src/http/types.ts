import type Koa from 'koa'

/** A Koa context, whatever its state and additions. */
export type Context = Koa.ParameterizedContext
export type Next = Koa.Next

/** What every factory here returns. */
export type Middleware = (ctx: Context, next: Next) => Promise<void>
