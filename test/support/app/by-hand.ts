import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { createProvider, loadLogin, type Provider, type ProviderOptions } from '../../../src/index.js'
import type { Forger } from '../forger/forger.js'
import { type Served, serve } from './serve.js'

export interface ByHand extends Served {
  provider: Provider
  /** Errors that Koa was told of. */
  errors: { code?: string; message: string }[]
}

/** An application whose routes are laid by hand; `/` tells whether somebody is logged in. */
export async function serveByHand(
  { discoveryUrl, clientId, clientSecret }: Forger,
  lay: (router: Router, provider: Provider) => void,
  options: Partial<ProviderOptions> = {},
): Promise<ByHand> {
  const errors: ByHand['errors'] = []
  const provider = createProvider({ configuration: discoveryUrl, clientId, clientSecret, ...options })
  const app = new Koa({ keys: ['a key for tests'] })
  app.on('error', error => errors.push(error))
  app.use(session({}, app)).use(loadLogin(provider))
  const router = new Router().get('/', ctx => {
    ctx.body = { loggedIn: ctx.state.keycloak.loggedIn }
  })
  lay(router, provider)
  app.use(router.routes())
  return { ...(await serve(app)), provider, errors }
}
