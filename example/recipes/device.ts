/**
 * A television that its user logs in with a telephone: the device grant (RFC 8628), which openid-client knows. The
 * client's settings, its authentication and the bounds of calls are koa-keycloak's: `openidClient()`.
 *
 * Keycloak: Clients, Settings, OAuth 2.0 Device Authorization Grant.
 */
import Router from '@koa/router'
import Koa from 'koa'
import { initiateDeviceAuthorization, pollDeviceAuthorizationGrant } from 'openid-client'
import { createKeycloak } from '../../src/index.js'
import { recipe } from '../support/recipe.js'

export function createApp(configuration: string): Koa {
  const keycloak = createKeycloak({ configuration, clientId: 'koa-app', clientSecret: 's3cret' })
  let viewer: unknown = 'nobody yet'

  /** Waits until the user has said yes. Whom the access token names is believed when it is verified. */
  async function wait(device: Awaited<ReturnType<typeof initiateDeviceAuthorization>>): Promise<void> {
    const tokens = await pollDeviceAuthorizationGrant(await keycloak.openidClient(), device)
    viewer = (await keycloak.verifyToken(tokens.access_token)).preferred_username
  }

  const app = new Koa()
  const router = new Router()
  router.post('/log-in', async ctx => {
    const device = await initiateDeviceAuthorization(await keycloak.openidClient(), {
      scope: 'openid profile',
    })
    wait(device).catch(error => ctx.app.emit('error', error))
    // What a television shows, as a text or as a picture for a camera.
    ctx.body = {
      code: device.user_code,
      address: device.verification_uri_complete ?? device.verification_uri,
    }
  })
  router.get('/', ctx => {
    ctx.body = { viewer }
  })
  app.use(router.routes())
  return app
}

await recipe(import.meta.url, createApp)
