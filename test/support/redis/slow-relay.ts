import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

export interface SlowRelay {
  port: number
  /** Seconds that everything takes on its way there. Default: 0. */
  delay: number
  close(): Promise<void>
}

/** A way to a port of this machine on which time can be lost. */
export async function startSlowRelay(port: number): Promise<SlowRelay> {
  const sockets = new Set<Socket>()
  const server = createServer(near => {
    const far = connect(port, '127.0.0.1')
    let last = Promise.resolve()
    near.on('data', data => {
      const late = delay(relay.delay * 1000)
      last = last.then(() => late).then(() => void (far.destroyed || far.write(data)))
    })
    far.pipe(near)
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(one)
      one.on('error', () => undefined)
      one.on('close', () => {
        sockets.delete(one)
        other.destroy()
      })
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const relay: SlowRelay = {
    port: (server.address() as AddressInfo).port,
    delay: 0,
    async close() {
      server.close()
      for (const socket of sockets) socket.destroy()
      await once(server, 'close')
    },
  }
  return relay
}
