import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** An example that runs as a process of its own, as somebody would start it. */
export interface Program {
  /** Everything it has printed so far, warnings and errors included. */
  readonly output: string
  /** The first match of what it prints, as soon as it does; throws when it ends before. */
  printed(pattern: RegExp): Promise<string>
  /** Asks it to end, and gives its exit code. */
  end(signal?: NodeJS.Signals): Promise<number | null>
  /** Its exit code, when it has ended. */
  readonly ended: Promise<number | null>
}

const root = fileURLToPath(new URL('../..', import.meta.url))

/** Starts `example/<name>` with this environment, and nothing of the tests' own but the path. */
export function start(name: string, env: Record<string, string> = {}): Program {
  const child = spawn(process.execPath, ['--import', 'tsx', `example/${name}`], {
    cwd: root,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const orphan = () => child.kill('SIGKILL')
  process.on('exit', orphan)
  const ended = once(child, 'close').then(([code]: (number | null)[]) => {
    process.off('exit', orphan)
    return code ?? null
  })
  let output = ''
  const lookers = new Set<() => void>()
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', text => {
      output += text
      for (const look of lookers) look()
    })
  }
  return {
    get output() {
      return output
    },
    printed(pattern) {
      return new Promise((resolve, reject) => {
        const look = () => {
          const match = pattern.exec(output)
          if (match) resolve(match[1] ?? match[0])
        }
        lookers.add(look)
        look()
        ended.then(code => reject(new Error(`It ended (${code}) before it said ${pattern}:\n${output}`)))
      })
    },
    async end(signal = 'SIGTERM') {
      child.kill(signal)
      return ended
    },
    ended,
  }
}

/** The address that an example says it listens on. */
export function address(program: Program): Promise<string> {
  return program.printed(/^listening on (\S+)$/m)
}
