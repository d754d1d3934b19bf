/**
 * A clerk asks a customer, who is on the telephone, to say on a device of their own who they are: Client-Initiated
 * Backchannel Authentication (CIBA), which openid-client knows. `openidClient()` has the client's settings.
 *
 * Keycloak: Clients, Settings, OIDC CIBA Grant; and what asks the user, in Authentication, Policies, CIBA policy.
 */
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { initiateBackchannelAuthentication, pollBackchannelAuthenticationGrant } from 'openid-client'
import { createKeycloak } from '../../src/index.js'
import { recipe } from '../support/recipe.js'

export function createApp(configuration: string): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  app.use(session(app))

  const keycloak = createKeycloak({ configuration, clientId: 'koa-app', clientSecret: 's3cret' })
  app.use(keycloak.routes())

  const router = new Router()
  router.get('/', keycloak.requireLogin(), ctx => {
    ctx.body = `${ctx.state.keycloak.token.username} at the counter`
  })
  router.post('/customers/:name', keycloak.sameOrigin(), keycloak.requireLogin(), async ctx => {
    const client = await keycloak.openidClient()
    const asked = await initiateBackchannelAuthentication(client, {
      scope: 'openid profile',
      login_hint: ctx.params.name ?? '',
      binding_message: '4711', // on both screens
    })
    const tokens = await pollBackchannelAuthenticationGrant(client, asked, undefined, {
      signal: AbortSignal.timeout(60_000),
    })
    // It is not the clerk's login that changes: who the customer is, is all that was asked.
    const { preferred_username } = await keycloak.verifyToken(tokens.access_token)
    ctx.body = { customer: preferred_username }
  })
  app.use(router.routes())
  return app
}

await recipe(import.meta.url, createApp)
