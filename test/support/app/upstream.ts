import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { use } from '../use.js'

export interface Upstream {
  url: string
  /** What came, the last one last. */
  seen: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers'] }[]
  /** Answers from now on. */
  answer: (listener: RequestListener) => void
  /** How many answers ended before they were complete. */
  aborted: number
  close(): Promise<void>
}

const echo: RequestListener = (_req, res) =>
  res.setHeader('Content-Type', 'application/json').end('{"ok":true}')

/** An API behind an application: answers as told, and keeps what it was asked. */
export async function startUpstream(): Promise<Upstream> {
  let listener = echo
  const server = createServer((req: IncomingMessage, res: ServerResponse) => {
    upstream.seen.push({ method: req.method, url: req.url, headers: req.headers })
    res.on('close', () => {
      if (!res.writableEnded) upstream.aborted++
    })
    listener(req, res)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const upstream: Upstream = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen: [],
    aborted: 0,
    answer: next => {
      listener = next
    },
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return upstream
}

/** One while the tests of this suite run; it answers plainly before each. */
export function useUpstream(): Upstream {
  const upstream = use(startUpstream)
  beforeEach(() => {
    upstream.answer(echo)
    upstream.seen.length = 0
    upstream.aborted = 0
  })
  return upstream
}
