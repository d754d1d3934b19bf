/** What this server was started with. */
export const settings = JSON.parse(process.argv[2] ?? '{}')

/**
 * Answers the bench over the control channel: how much CPU time this process has used, all threads, and
 * whatever else it is told to do. It ends with the bench.
 */
export function control(commands = {}) {
  process.on('message', async ({ command, argument }) => {
    try {
      process.send({ answer: await { cpu, heap, ...commands }[command](argument) })
    } catch (error) {
      process.send({ error: String(error?.stack ?? error) })
    }
  })
  process.on('disconnect', () => process.exit())
  process.send({ answer: 'ready' })
}

/** In microseconds. */
function cpu() {
  const { user, system } = process.cpuUsage()
  return user + system
}

/** Bytes in use after a collection. */
function heap() {
  globalThis.gc?.()
  return process.memoryUsage().heapUsed
}
