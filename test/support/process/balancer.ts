import { type IncomingMessage, request, type ServerResponse } from 'node:http'
import { serve } from '../app/serve.js'

export interface Balancer {
  /** The one address that browsers and the provider know. */
  url: string
  /** Where requests go, in turn. Change it at will. */
  targets: string[]
  close(): Promise<void>
}

/**
 * A reverse proxy before several processes of one application: each request goes to the next. One that a
 * process does not take, because it is gone, goes to another; one that it took and does not answer is a 502,
 * and nobody knows what became of it.
 */
export async function startBalancer(): Promise<Balancer> {
  const targets: string[] = []
  let turn = 0
  const pass = async (req: IncomingMessage, res: ServerResponse) => {
    const body = Buffer.concat(await req.toArray())
    for (let tries = 0; tries < targets.length; tries++) {
      turn = (turn + 1) % targets.length
      if (await forward(targets[turn] ?? '', req, body, res)) return
    }
    res.writeHead(502).end()
  }
  const { url, close } = await serve({ callback: () => pass })
  return { url, targets, close }
}

/** False: the target has not seen the request. */
function forward(target: string, req: IncomingMessage, body: Buffer, res: ServerResponse): Promise<boolean> {
  const { hostname, port } = new URL(target)
  const { method, url: path, headers } = req
  return new Promise(resolve => {
    const onward = request({ hostname, port, method, path, headers, agent: false })
    const lost = () => {
      if (res.headersSent) res.destroy()
      else res.writeHead(502).end()
      resolve(true)
    }
    onward.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED') resolve(false)
      else lost()
    })
    onward.on('response', async answer => {
      try {
        const content = Buffer.concat(await answer.toArray())
        res.writeHead(answer.statusCode ?? 502, answer.rawHeaders).end(content)
        resolve(true)
      } catch {
        lost()
      }
    })
    onward.end(body)
  })
}
