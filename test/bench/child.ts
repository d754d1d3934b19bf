import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'

/** A server of its own process, so that its CPU time is its own. */
export interface Child {
  /** Has the child do something; gives what it answers. */
  ask<T = unknown>(command: string, argument?: unknown): Promise<T>
  /** CPU time that the process has used, all its threads, in microseconds. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

export async function startChild(script: string, settings: object, execArgv: string[] = []): Promise<Child> {
  const path = join(import.meta.dirname, 'servers', script)
  const env = { ...process.env, NODE_ENV: 'production' }
  const child = fork(path, [JSON.stringify(settings)], { execArgv, env })
  await answerOf(child, script)
  const ask = async <T>(command: string, argument?: unknown) => {
    child.send({ command, argument })
    return (await answerOf(child, script)) as T
  }
  return {
    ask,
    cpu: () => ask<number>('cpu'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.disconnect()
      await once(child, 'exit')
    },
  }
}

/** The next message. A child that dies instead is an error, not a bench that hangs. */
function answerOf(child: ChildProcess, script: string): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const died = (code: number | null) => reject(new Error(`${script} ended (${code})`))
    child.once('exit', died)
    child.once('message', message => {
      child.off('exit', died)
      const { answer, error } = message as { answer?: unknown; error?: string }
      if (error === undefined) resolve(answer)
      else reject(new Error(`${script}: ${error}`))
    })
  })
}
