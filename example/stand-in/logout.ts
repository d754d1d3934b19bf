import type { Context, Next } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { Provider } from './oidc-provider.js'
import { confirmLogoutPage, loggedOutPage } from './pages/pages.js'
import type { Realm } from './realm.js'
import { endSession } from './sessions.js'

/** Keycloak asks "do you want to log out?" unless the hint belongs to the session of this browser. */
export async function logoutPage(realm: Realm, ctx: KoaContextWithOIDC, form: string): Promise<void> {
  const { session, provider, cookies } = ctx.oidc
  if (!session || !hintMatches(ctx)) {
    ctx.body = confirmLogoutPage(form)
    return
  }
  await endSession(provider, realm, session)
  cookies.set(provider.cookieName('session'), null, { path: `${realm.mount}/`, signed: true })
  leave(ctx)
}

function hintMatches({ oidc }: KoaContextWithOIDC): boolean {
  const { aud, sid } = oidc.entities.IdTokenHint?.payload ?? {}
  return sid !== undefined && oidc.session?.sidFor(String(aud)) === sid
}

function leave(ctx: KoaContextWithOIDC): void {
  const { post_logout_redirect_uri: target, state } = ctx.oidc.params ?? {}
  if (target === undefined) {
    ctx.body = loggedOutPage()
    return
  }
  const url = new URL(String(target))
  if (state !== undefined) url.searchParams.set('state', String(state))
  ctx.redirect(url.href)
}

/** Whoever has no session any more is sent on at once; oidc-provider would show a page first. */
export function skipLogoutWithoutSession(provider: Provider): void {
  provider.use(async (ctx: Context, next: Next) => {
    await next()
    const { route, session } = ctx.oidc ?? {}
    if (route === 'end_session' && ctx.status === 200 && !session?.accountId) {
      leave(ctx as unknown as KoaContextWithOIDC)
    }
  })
}

/** Confirmed by hand, oidc-provider itself sends the logout requests. */
export function reportLogoutRequests(provider: Provider, { events }: Realm): void {
  provider.on('backchannel.success', (_ctx, { clientId }, sub, sid) => {
    events.emit('backchannelSuccess', { clientId, sub, sid })
  })
  provider.on('backchannel.error', (_ctx, error, { clientId }, sub, sid) => {
    events.emit('backchannelError', { clientId, sub, sid, error })
  })
}
