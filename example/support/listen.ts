import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'

/** Whatever can answer requests: a Koa application. */
export interface Servable {
  callback(): RequestListener
  /** Takes what is no request of its own: upgrades to WebSockets. */
  attach?(server: Server): void
}

export interface ListenOptions {
  /** Default: any free one. */
  port?: number
  /** Default: `localhost`. */
  host?: string
  /** Seconds that a running request is given when the server closes. Default: 10; 0: connections are cut at once. */
  patience?: number
  /** Serves https. */
  tls?: { key: string; cert: string }
}

export interface Listening {
  /** No slash at the end. */
  url: string
  port: number
  /** Takes no more requests, and ends when those that are running have their answers. */
  close(): Promise<void>
}

/**
 * Serves an application. One that has to know its own address is given as a function of it, which is called
 * when the port is known and before a request is answered.
 */
export async function listen(
  app: Servable | ((url: string) => Servable | Promise<Servable>),
  { port = 0, host = 'localhost', patience = 10, tls }: ListenOptions = {},
): Promise<Listening> {
  const server = tls ? createTlsServer(tls) : createServer()
  server.listen(port, host)
  await once(server, 'listening')
  const { port: actual } = server.address() as AddressInfo
  const url = `${tls ? 'https' : 'http'}://${nameOf(host)}:${actual}`
  // Without this, a connection that is kept alive would hold up the end for seconds after its last answer.
  server.on('request', (_request, response) => {
    response.on('close', () => setImmediate(() => server.listening || server.closeIdleConnections()))
  })
  const upgraded = new Set<Duplex>() // connections that the server does not call its own any more
  server.on('connection', socket => socket.once('close', () => upgraded.delete(socket)))
  const close = async () => {
    const closed = once(server, 'close')
    server.close()
    for (const socket of upgraded) socket.destroy()
    if (patience === 0) server.closeAllConnections()
    const cut = setTimeout(() => server.closeAllConnections(), patience * 1000)
    await closed
    clearTimeout(cut)
  }
  try {
    const served = typeof app === 'function' ? await app(url) : app
    server.on('request', served.callback())
    if (served.attach) {
      server.on('upgrade', (_, socket) => upgraded.add(socket))
      served.attach(server)
    }
  } catch (error) {
    await close()
    throw error
  }
  return { url, port: actual, close }
}

/** What to type into a browser to get there: all interfaces have no name of their own. */
function nameOf(host: string): string {
  if (host === '0.0.0.0' || host === '::') return 'localhost'
  return host.includes(':') ? `[${host}]` : host
}
