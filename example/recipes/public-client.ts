/**
 * A client without a secret ("Client authentication: off" in Keycloak): for an application that can't keep
 * one. PKCE alone protects the login; it is always used.
 */
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak } from '../../src/index.js'
import { recipe } from '../support/recipe.js'

export function createApp(configuration: string): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  app.use(session(app))

  const keycloak = createKeycloak({ configuration, clientId: 'koa-public' })
  app.use(keycloak.routes())

  const router = new Router()
  router.get('/', keycloak.requireLogin(), ctx => {
    ctx.body = ctx.state.keycloak.user
  })
  app.use(router.routes())
  return app
}

await recipe(import.meta.url, createApp)
