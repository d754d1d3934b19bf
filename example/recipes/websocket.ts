/**
 * A WebSocket for logged-in users, with `ws`: the handshake is a request like any other, and so says who is logged
 * in. The socket closes when the login ends: at a logout here, at one in Keycloak, in whatever process it was served.
 */
import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import Router from '@koa/router'
import Koa from 'koa'
import session from 'koa-session'
import { WebSocketServer } from 'ws'
import { createKeycloak, type Keycloak, type LoggedIn } from '../../src/index.js'
import type { Servable } from '../support/listen.js'
import { recipe } from '../support/recipe.js'

export function createApp(configuration: string): Servable {
  const app = new Koa()
  app.keys = ['changeme']
  app.use(session(app))

  const keycloak = createKeycloak({ configuration, clientId: 'koa-app', clientSecret: 's3cret' })
  app.use(keycloak.routes())

  const router = new Router()
  router.get('/', keycloak.requireLogin(), ctx => {
    ctx.type = 'html'
    ctx.body = PAGE
  })
  app.use(router.routes())
  return { callback: () => app.callback(), attach: server => attachSockets(server, app, keycloak) }
}

function attachSockets(server: Server, app: Koa, keycloak: Keycloak): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 65_536 })
  server.on('upgrade', async (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    try {
      const login = await keycloak.authenticateUpgrade(app, req)
      if (!login.loggedIn) return keycloak.refuseUpgrade(socket)
      sockets.handleUpgrade(req, socket, head, ws => serve(ws, login))
    } catch (error) {
      keycloak.refuseUpgrade(socket, error)
    }
  })
}

function serve(ws: import('ws').WebSocket, { signal, token }: LoggedIn): void {
  const close = () => ws.close(1008, 'logged out') // "policy violation": the browser is not to try again
  signal.addEventListener('abort', close)
  if (signal.aborted) close() // the login ended while the handshake went on
  ws.on('error', () => ws.terminate())
  ws.on('message', message => ws.send(`${token.username} said: ${message}`))
  ws.send(`Hello ${token.username}`)
}

const PAGE = `<!doctype html>
<meta charset="utf-8"><title>WebSocket</title>
<p><a href="/openid/logout">Log out</a>, here or in another tab: the line below says so.</p>
<pre></pre>
<script>
const show = text => document.querySelector('pre').append(text, '\\n')
const socket = new WebSocket(location.href.replace(/^http/, 'ws'))
socket.onmessage = ({ data }) => show(data)
socket.onclose = ({ code, reason }) => show('closed: ' + code + ' ' + reason)
</script>
`

await recipe(import.meta.url, createApp)
