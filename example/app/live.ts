import type { Server } from 'node:http'
import type Koa from 'koa'
import { WebSocketServer } from 'ws'
import type { Keycloak, KeycloakState } from '../../src/index.js'

/** A WebSocket says who is logged in, and closes when the login ends. */
export function attachSockets(server: Server, app: Koa<KeycloakState>, keycloak: Keycloak): void {
  const sockets = new WebSocketServer({ noServer: true, maxPayload: 1024 })
  server.on('upgrade', async (req, socket, head) => {
    try {
      const login = await keycloak.authenticateUpgrade(app, req)
      if (!login.loggedIn) return keycloak.refuseUpgrade(socket)
      sockets.handleUpgrade(req, socket, head, ws => {
        const close = () => ws.close(1008, 'logged out')
        login.signal.addEventListener('abort', close)
        if (login.signal.aborted) return close()
        ws.on('error', () => ws.terminate())
        ws.send(JSON.stringify({ sub: login.token.sub, sid: login.sid }))
      })
    } catch (error) {
      keycloak.refuseUpgrade(socket, error)
    }
  })
}
