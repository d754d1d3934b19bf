/**
 * An application that calls an API in the name of its user, and that API. `accessToken(ctx)` gives a token
 * that is valid now, renewed if need be; `bearer()` lets nobody in without one.
 */
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak } from '../../src/index.js'
import { listen } from '../support/listen.js'
import { portFrom } from '../support/port.js'
import { recipe } from '../support/recipe.js'

/** Knows no session and no login page: whoever calls brings an access token. */
export function createApi(configuration: string): Koa {
  const keycloak = createKeycloak({
    configuration,
    clientId: 'koa-api',
    // Keycloak writes this one into its access tokens by itself. For an API of your own take its client id,
    // and have Keycloak write that: Client scopes, a scope of the calling client, Mappers, Audience.
    audience: 'account',
  })
  const app = new Koa()
  app.use(keycloak.bearer({ scopes: ['profile'] }))
  app.use(ctx => {
    const { bearer } = ctx.state.keycloak // the token's claims, verified
    ctx.body = { orders: ['a book'], of: bearer.preferred_username }
  })
  return app
}

export function createApp(configuration: string, api: string): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  app.use(session(app))

  const keycloak = createKeycloak({ configuration, clientId: 'koa-app', clientSecret: 's3cret' })
  app.use(keycloak.routes())

  const router = new Router()
  router.get('/', keycloak.requireLogin(), async ctx => {
    const headers = { authorization: `Bearer ${await keycloak.accessToken(ctx)}` }
    const response = await fetch(api, { headers, signal: AbortSignal.timeout(5000) })
    ctx.status = response.ok ? 200 : 502
    ctx.body = response.ok ? await response.json() : 'The API did not answer as it should.'
  })
  app.use(router.routes())
  return app
}

await recipe(import.meta.url, async configuration => {
  const api = await listen(createApi(configuration), { port: portFrom('API_PORT', 2750) })
  console.log(`the API: ${api.url}`)
  return createApp(configuration, api.url)
})
