import { once } from 'node:events'
import type { IncomingMessage, Server } from 'node:http'
import type Koa from 'koa'
import { WebSocket, WebSocketServer } from 'ws'
import type { Keycloak } from '../../../src/index.js'
import type { UserAgent } from '../browser/user-agent.js'

/** Takes WebSockets as the README says; each says hello, and closes with its login. */
export function attachSockets(server: Server, app: Koa, keycloak: Keycloak): void {
  const sockets = new WebSocketServer({ noServer: true })
  server.on('upgrade', async (req, socket, head) => {
    try {
      const login = await keycloak.authenticateUpgrade(app, req)
      if (!login.loggedIn) return keycloak.refuseUpgrade(socket)
      sockets.handleUpgrade(req, socket, head, ws => {
        ws.on('error', () => ws.terminate())
        login.signal.addEventListener('abort', () => ws.close(1008))
        ws.send(`hello ${login.token.sub}`)
      })
    } catch (error) {
      keycloak.refuseUpgrade(socket, error)
    }
  })
}

export interface OpenSocket {
  ws: WebSocket
  /** What it said first. */
  greeting: string
  /** With which code it closed; `undefined` while it is open. */
  code: number | undefined
  /** Resolves when it has closed. */
  closed: Promise<number>
}

/** What a handshake that was refused got. */
export interface Refusal {
  status: number
  headers: IncomingMessage['headers']
  body: string
}

/** Opens a WebSocket as a page of `origin` does, with the browser's cookies. */
export async function openSocket(
  url: string,
  agent?: UserAgent,
  headers: Record<string, string> = {},
): Promise<OpenSocket | Refusal> {
  const cookie = agent?.jar.header({ url: new URL(url), crossSite: false, topLevelGet: false })
  const origin = headers.origin ?? new URL(url).origin
  const ws = new WebSocket(url.replace(/^http/, 'ws'), {
    headers: { ...(origin && { origin }), ...headers, ...(cookie && { cookie }) },
  })
  const refusal = new Promise<Refusal>((resolve, reject) => {
    ws.on('error', reject)
    ws.on('close', () => reject(new Error('It closed before it said anything.')))
    ws.on('unexpected-response', async (_, response: IncomingMessage) => {
      const body = (await response.setEncoding('utf8').toArray()).join('')
      resolve({ status: response.statusCode ?? 0, headers: response.headers, body })
    })
  })
  const greeted = once(ws, 'message').then(([data]) => String(data))
  const first = await Promise.race([greeted, refusal])
  greeted.catch(() => undefined)
  refusal.catch(() => undefined)
  if (typeof first !== 'string') return first
  const socket: OpenSocket = { ws, greeting: first, code: undefined, closed: Promise.resolve(0) }
  socket.closed = new Promise(resolve => {
    ws.once('close', code => {
      socket.code = code
      resolve(code)
    })
  })
  return socket
}

/** The same, of one that is to be let in. */
export async function openedSocket(...args: Parameters<typeof openSocket>): Promise<OpenSocket> {
  const socket = await openSocket(...args)
  if ('ws' in socket) return socket
  throw new Error(`The handshake was refused: ${socket.status} ${socket.body}`)
}
