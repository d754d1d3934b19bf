import { createServer } from 'node:net'

/** A port of 127.0.0.1 that nobody listens on: `preferred` if it is free, else any. */
export async function freePort(preferred = 0): Promise<number> {
  try {
    return await probe(preferred)
  } catch (error) {
    if (preferred === 0) throw error
    return probe(0)
  }
}

function probe(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}
