import { once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Whatever can answer requests: a Koa application, mostly. */
export interface Servable {
  callback(): RequestListener
}

export interface Served {
  /** `http://localhost:<port>`, no slash at the end. */
  url: string
  port: number
  /** Stops at once: open connections are cut. */
  close(): Promise<void>
}

/**
 * Serves an application on this machine. One that has to know its own address is given as a function of it,
 * which is called when the port is known and before a request is answered.
 */
export async function serve(
  app: Servable | ((url: string) => Servable | Promise<Servable>),
  port = 0,
): Promise<Served> {
  const server = createServer()
  server.listen(port, 'localhost')
  await once(server, 'listening')
  const address = server.address() as AddressInfo
  const url = `http://localhost:${address.port}`
  const close = async () => {
    server.close()
    server.closeAllConnections()
    await once(server, 'close')
  }
  try {
    server.on('request', (typeof app === 'function' ? await app(url) : app).callback())
  } catch (error) {
    await close()
    throw error
  }
  return { url, port: address.port, close }
}
