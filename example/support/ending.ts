import { variableOf } from './port.js'

/** Settles when somebody wants this process to end: Ctrl-C, or a service manager. */
export function askedToEnd(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, resolve)
  })
}

/** Runs a program; what it throws is said in a line or two, without the stack that only its author wants. */
export async function run(program: () => Promise<void>): Promise<void> {
  try {
    await program()
  } catch (error) {
    process.exitCode = 1
    console.error(explain(error as ListenError))
  }
}

type ListenError = NodeJS.ErrnoException & { port?: number; address?: string; hostname?: string }

function explain({ code, port = 0, address, hostname, message }: ListenError): string {
  if (code === 'EADDRINUSE') {
    const variable = variableOf(port)
    return `Port ${port} is taken by another program. End it, or choose another port: ${variable}=${port + 10}`
  }
  if (code === 'EACCES') return `Port ${port} is not for every user: choose one from 1024 on.`
  if (code === 'EADDRNOTAVAIL' || code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `HOST=${hostname ?? address} is no address of this machine.`
  }
  return message
}
