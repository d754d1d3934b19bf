/**
 * Single pieces on a router of one's own: every step can be seen, and one of our own stands between two of
 * them. `createKeycloak()` lays the same pieces on a router by itself.
 */
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import {
  bindSession,
  createProvider,
  discovery,
  endLogins,
  exchangeCode,
  loadLogin,
  login,
  logout,
  type Middleware,
  noStore,
  requireLogin,
  returnToApp,
  verifyLogoutToken,
} from '../../src/index.js'
import { recipe } from '../support/recipe.js'

export function createApp(configuration: string): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  app.use(session(app))

  const provider = createProvider({
    configuration,
    clientId: 'koa-app',
    clientSecret: 's3cret',
    // The routes below are laid by hand; this says where, for redirect URIs and links.
    prefix: '',
    routes: { login: '/login', callback: '/openid/auth', logout: '/logout' },
  })
  app.use(loadLogin(provider))

  const router = new Router()
  const discover = discovery(provider)
  router.get('/login', noStore(), discover, login(provider, { scopes: ['openid', 'email'] }))
  router.get(
    '/openid/auth',
    noStore(),
    discover,
    exchangeCode(provider),
    audit,
    bindSession(provider),
    returnToApp(provider),
  )
  // No discovery here: to log out must be possible while Keycloak is away.
  router.get('/logout', noStore(), logout(provider, { redirectUri: '/bye' }))
  router.post('/openid/logout_request', noStore(), discover, verifyLogoutToken(provider), endLogins(provider))

  router.get('/', requireLogin(provider), ctx => {
    ctx.body = ctx.state.keycloak
  })
  router.get('/bye', ctx => {
    ctx.body = 'Good bye.'
  })
  app.use(router.routes())
  return app
}

/** Sees who is about to be logged in, and may say no: tokens are verified, but no session is bound yet. */
const audit: Middleware = async function audit(ctx, next) {
  const { token } = ctx.state.keycloak.exchanged
  console.log(`${token.username} comes from Keycloak, and ${token.emailVerified ? 'may' : 'may not'} come in`)
  if (!token.emailVerified) ctx.throw(403, 'Please confirm your e-mail address first.')
  await next()
}

await recipe(import.meta.url, createApp)
