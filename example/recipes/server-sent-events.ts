/**
 * A stream of events for logged-in users (`EventSource` in the browser). It ends when the login does: the browser
 * then comes again by itself, gets 401, and stops.
 */
import { PassThrough } from 'node:stream'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak, type KeycloakState } from '../../src/index.js'
import { recipe } from '../support/recipe.js'

export function createApp(configuration: string): Koa<KeycloakState> {
  const app = new Koa<KeycloakState>()
  app.keys = ['changeme']
  app.use(session(app))

  const keycloak = createKeycloak({ configuration, clientId: 'koa-app', clientSecret: 's3cret' })
  app.use(keycloak.routes())

  const router = new Router<KeycloakState>()
  router.get('/', keycloak.requireLogin(), ctx => {
    ctx.type = 'html'
    ctx.body = PAGE
  })
  router.get('/events', keycloak.requireLogin(), ctx => {
    const { signal, token } = ctx.state.keycloak
    if (!signal) return
    const stream = new PassThrough()
    signal.addEventListener('abort', () => stream.end('event: logout\ndata: logged out\n\n'))
    const clock = setInterval(() => stream.write(`data: it is ${new Date().toISOString()}\n\n`), 1000)
    stream.on('close', () => clearInterval(clock)) // Koa closes it with the connection
    stream.write(`data: hello ${token.username}\n\n`)
    ctx.set({ 'Content-Type': 'text/event-stream', 'X-Accel-Buffering': 'no' })
    ctx.body = stream
  })
  app.use(router.routes())
  return app
}

const PAGE = `<!doctype html>
<meta charset="utf-8"><title>Events</title>
<p><a href="/openid/logout">Log out</a>, here or in another tab: the last line below says so.</p>
<pre></pre>
<script>
const show = text => document.querySelector('pre').append(text, '\\n')
const events = new EventSource('/events')
events.onmessage = ({ data }) => show(data)
events.addEventListener('logout', ({ data }) => { events.close(); show(data) })
</script>
`

await recipe(import.meta.url, createApp)
