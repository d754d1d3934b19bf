import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

export interface Load {
  url: string
  headers?: Record<string, string>
  /** How many requests in all. */
  requests: number
  /** How many at a time, each on a connection of its own. */
  connections: number
  /** Of each answer; another one is an error. Default 200. */
  status?: number
}

/**
 * Sends so many requests, on this machine only, each connection one after the other. Small, since it shares
 * the processors with what it measures.
 */
export async function load({ url, headers = {}, requests, connections, status = 200 }: Load): Promise<void> {
  const { hostname, port, pathname, host } = new URL(url)
  if (hostname !== 'localhost') throw new Error(`${hostname} is not this machine`)
  const lines = Object.entries({ host, ...headers }).map(([name, value]) => `${name}: ${value}\r\n`)
  const request = Buffer.from(`GET ${pathname} HTTP/1.1\r\n${lines.join('')}\r\n`)
  const expected = `HTTP/1.1 ${status} `
  let left = requests
  const takeOne = () => left-- > 0

  async function connection(): Promise<void> {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true })
    await once(socket, 'connect')
    try {
      await drive(socket, request, expected, takeOne)
    } finally {
      socket.destroy()
    }
  }
  await Promise.all(Array.from({ length: Math.min(connections, requests) }, connection))
}

function drive(socket: Socket, request: Buffer, expected: string, takeOne: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    let received = ''
    const next = () => (takeOne() ? void socket.write(request) : resolve())
    socket.on('error', reject)
    socket.on('close', () => reject(new Error('The server closed a connection')))
    socket.setEncoding('latin1').on('data', (text: string) => {
      received += text
      const length = answerLength(received)
      if (length === undefined || received.length < length) return
      if (!received.startsWith(expected))
        return reject(new Error(`Not ${expected}but: ${received.slice(0, 400)}`))
      received = received.slice(length)
      next()
    })
    next()
  })
}

/** Of the whole answer, once its head is there. */
function answerLength(received: string): number | undefined {
  const head = received.indexOf('\r\n\r\n')
  if (head < 0) return undefined
  const length = /\r\ncontent-length: *(\d+)/i.exec(received.slice(0, head + 2))
  if (!length) throw new Error(`An answer without a length: ${received.slice(0, 400)}`)
  return head + 4 + Number(length[1])
}
