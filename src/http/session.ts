import { SetupError } from '../errors.js'
import type { Provider } from '../provider/provider.js'
import { isObject } from '../util/kind-of.js'
import type { Context } from './types.js'

/** What is used of koa-session's `ctx.session`. */
interface Session {
  /** Login ids, one for each provider that somebody is logged in with. */
  keycloak?: Record<string, string>
  regenerate?: () => Promise<void>
}

/** The id of this provider's login in the session. Throws `session_missing`. */
export function loginIdIn({ name }: Provider, ctx: Context): string | undefined {
  const id = slots(ctx)[name]
  return typeof id === 'string' ? id : undefined
}

/** A new session, with a new id, that has this login and those of other providers, and nothing else. */
export async function renewSession({ name }: Provider, ctx: Context, loginId: string): Promise<void> {
  await replaceSession(ctx, { ...slots(ctx), [name]: loginId })
}

/**
 * Takes this provider's login out of the session. With no other provider's login in it, the whole session goes,
 * whatever the application kept there: it belonged to the user who is logged out now.
 */
export async function clearSession({ name }: Provider, ctx: Context): Promise<void> {
  const { [name]: own, ...others } = slots(ctx)
  if (own === undefined) return
  if (Object.keys(others).length > 0) ctx.session.keycloak = others
  else await replaceSession(ctx, {})
}

/** Empty first, so that not even for a moment the new id stands for the old content. */
async function replaceSession(ctx: Context, logins: Record<string, string>): Promise<void> {
  sessionOf(ctx)
  ctx.session = {}
  const session: Session = ctx.session
  if (typeof session.regenerate !== 'function') throw new SetupError('session_unusable')
  await session.regenerate()
  ctx.session = Object.keys(logins).length > 0 ? { keycloak: logins } : {}
}

function slots(ctx: Context): Record<string, string> {
  const logins = sessionOf(ctx)?.keycloak
  return isObject(logins) ? (logins as Record<string, string>) : {}
}

function sessionOf(ctx: Context): Session | null {
  if (ctx.session === undefined) throw new SetupError('session_missing')
  return ctx.session
}
