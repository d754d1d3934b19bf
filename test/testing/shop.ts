import Router from '@koa/router'
import Koa from 'koa'
import session, { type SessionOptions } from 'koa-session'
import { createKeycloak, type Keycloak, type KeycloakOptions } from '../../src/index.js'

export interface Shop extends Koa {
  keycloak: Keycloak
}

export interface ShopOptions extends KeycloakOptions {
  session?: Partial<SessionOptions>
}

/** Somebody else's application, as its author writes it: nothing in it knows that it is tested. */
export function createShop({ session: sessionOptions = {}, ...options }: ShopOptions): Shop {
  const app = new Koa({ keys: ['a key for tests'] })
  app.silent = true // what a test provokes is not for its output
  const keycloak = createKeycloak(options)
  const { name } = keycloak.provider
  app.use(session(sessionOptions, app)).use(keycloak.routes())
  const router = new Router()
  router.get('/me', keycloak.requireLogin(), ctx => {
    ctx.body = ctx.state[name].user
  })
  router.get('/admin', keycloak.requireRole('admin'), ctx => {
    ctx.body = 'welcome'
  })
  router.get('/editor', keycloak.requireRole({ client: 'shop', role: 'editor' }), ctx => {
    ctx.body = 'welcome'
  })
  router.get('/gold', keycloak.requireLogin({ acr: 'gold' }), ctx => {
    ctx.body = 'welcome'
  })
  router.get('/payout', keycloak.requireLogin({ maxAge: 300 }), ctx => {
    ctx.body = 'welcome'
  })
  router.get('/orders', keycloak.bearer({ audience: 'orders-api', scopes: ['orders'] }), ctx => {
    ctx.body = ctx.state[name].bearer
  })
  app.use(router.routes())
  return Object.assign(app, { keycloak })
}
