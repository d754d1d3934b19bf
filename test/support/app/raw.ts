import { once } from 'node:events'
import { connect } from 'node:net'

/** Sends exactly these bytes to a server on this machine, and gives what it answers until it closes. */
export async function sendRaw(port: number, bytes: string | Uint8Array): Promise<string> {
  const socket = connect(port, 'localhost')
  await once(socket, 'connect')
  let answer = ''
  socket.setEncoding('latin1').on('data', chunk => {
    answer += chunk
  })
  socket.on('error', () => {}) // a server may close before it has read everything
  const closed = once(socket, 'close')
  socket.setTimeout(5000, () => socket.destroy())
  socket.write(bytes)
  await closed
  return answer
}
