/**
 * A page of plain JavaScript that uses an API. It asks its own server alone and never sees a token: `whoAmI()` tells
 * it who is logged in, `proxyApi()` passes its requests on to the API, which is another process' affair.
 */
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak } from '../../src/index.js'
import { listen } from '../support/listen.js'
import { portFrom } from '../support/port.js'
import { recipe } from '../support/recipe.js'
import { createApi } from './call-api.js'

export function createApp(configuration: string, api: string): Koa {
  const app = new Koa()
  app.keys = ['changeme']
  app.use(session(app))

  const keycloak = createKeycloak({ configuration, clientId: 'koa-app', clientSecret: 's3cret' })
  const whoAmI = keycloak.whoAmI()
  app.use((ctx, next) => (ctx.path === '/me' ? whoAmI(ctx, next) : next())) // before routes(): renews nothing
  app.use(keycloak.routes())
  app.use(keycloak.proxyApi({ path: '/api', target: api }))
  app.use(ctx => {
    ctx.type = 'html'
    ctx.body = PAGE
  })
  return app
}

const PAGE = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Orders</title>
<h1>Orders</h1>
<p id="who"></p>
<p id="orders"></p>
<script>
const show = (id, html) => { document.getElementById(id).innerHTML = html }
const text = value => new Option(value).innerHTML
const start = async () => {
  const me = await (await fetch('/me')).json()
  if (!me.loggedIn) return show('who', '<a href="' + me.login + '?returnTo=/">Log in</a>')
  show('who', text(me.user.preferred_username) + ' · <a href="' + me.logout + '">Log out</a>')
  const { orders, of } = await (await fetch('/api/orders')).json()
  show('orders', text(of + ' has ordered: ' + orders.join(', ')))
}
start()
</script>
</html>
`

await recipe(import.meta.url, async configuration => {
  const api = await listen(createApi(configuration), { port: portFrom('API_PORT', 2750) })
  console.log(`the API: ${api.url}`)
  return createApp(configuration, api.url)
})
