import { createServer, type IncomingMessage, request, type Server } from 'node:http'
import { request as requestTls } from 'node:https'
import { type Duplex, duplexPair } from 'node:stream'
import type { Application, Servable } from './application.js'

/** A request to an application; what a browser adds by itself is added. */
export interface Outgoing {
  method: 'GET' | 'POST'
  url: URL
  headers: Record<string, string>
  body?: string
}

export interface Incoming {
  status: number
  location: string | undefined
  setCookies: string[]
  body: string
  /** What the application, where it is in this process, told Koa went wrong. */
  error?: unknown
}

/** Sends one request to an application: over its own address, or through a pipe to a Koa in this process. */
export async function send(app: Application, outgoing: Outgoing): Promise<Incoming> {
  if (typeof app === 'string') return exchange(outgoing)
  const hall = hallOf(app)
  const [near, far] = duplexPair()
  // What Koa and others read off a socket: where the request comes from, and whether it came by TLS.
  Object.assign(far, { encrypted: outgoing.url.protocol === 'https:', remoteAddress: '127.0.0.1' })
  hall.server.emit('connection', far)
  try {
    const incoming = await exchange(outgoing, near)
    return { ...incoming, error: hall.errors.get(far) }
  } finally {
    near.destroy()
    far.destroy()
  }
}

/** A server that listens nowhere, and what went wrong on each of its connections. */
interface Hall {
  server: Server
  errors: WeakMap<Duplex, unknown>
}

const halls = new WeakMap<Servable, Hall>()

function hallOf(app: Servable): Hall {
  const known = halls.get(app)
  if (known) return known
  const errors: Hall['errors'] = new WeakMap()
  // The callback comes first: a Koa that has no listener of its own for errors then gives itself one that logs.
  const hall = { server: createServer(app.callback()), errors }
  app.on?.('error', (error, ctx) => {
    if (ctx?.req) errors.set(ctx.req.socket, error)
  })
  halls.set(app, hall)
  return hall
}

function exchange({ method, url, headers, body }: Outgoing, pipe?: Duplex): Promise<Incoming> {
  const send = url.protocol === 'https:' && !pipe ? requestTls : request
  const target = { host: url.hostname, port: url.port, path: url.pathname + url.search }
  const wire = pipe ? { createConnection: () => pipe } : { agent: false }
  return new Promise((resolve, reject) => {
    const sent = send({ ...target, ...wire, method, headers: { host: url.host, ...headers } })
    sent.on('error', reject)
    sent.on('response', response => resolve(read(response)))
    sent.end(body)
  })
}

async function read(response: IncomingMessage): Promise<Incoming> {
  const body = (await response.setEncoding('utf8').toArray()).join('')
  const { statusCode: status = 0, headers } = response
  return { status, location: headers.location, setCookies: headers['set-cookie'] ?? [], body }
}
