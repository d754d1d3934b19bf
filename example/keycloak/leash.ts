import { type ChildProcess, spawn } from 'node:child_process'

export interface LeashOptions {
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Where the command's output goes: a file descriptor, or nowhere but to `child.stdout` and `.stderr`. */
  output?: number | 'pipe'
  /** A folder to remove if this process dies before it lets go of the command. */
  scratch?: string
}

export interface Leashed {
  child: ChildProcess
  /** The process group, which holds the command and everything that it starts. */
  group: number
  /** Settles when the command has ended, with its exit code or the signal that ended it. */
  ended: Promise<number | NodeJS.Signals>
}

/**
 * Starts a command that can't outlive this process, however this process ends.
 *
 * `kc.sh`, `standalone.sh` and `mvn` are shell scripts around a java, so a signal must reach a whole process
 * group; and no exit handler runs after a SIGKILL. Hence the watcher: a shell that does nothing but read from
 * a pipe whose other end closes with this process, and then kills the group.
 */
export function leash(command: string, args: readonly string[], options: LeashOptions = {}): Leashed {
  const output = options.output ?? 'pipe'
  const child = spawn(command, args, {
    cwd: options.cwd,
    detached: true,
    env: options.env ?? process.env,
    stdio: ['ignore', output, output],
  })
  const group = child.pid ?? 0
  const watcher = group === 0 ? undefined : watch(group, options.scratch ?? '')
  const ended = new Promise<number | NodeJS.Signals>((resolve, reject) => {
    child.once('error', reject)
    child.once('exit', (code, signal) => resolve(code ?? signal ?? 0))
  }).finally(() => watcher?.kill('SIGKILL'))
  ended.catch(() => {})
  return { child, group, ended }
}

function watch(group: number, scratch: string): ChildProcess {
  const script = 'cat > /dev/null; kill -s KILL -- "-$1"; [ -z "$2" ] || rm -rf -- "$2"'
  const watcher = spawn('sh', ['-c', script, 'leash', String(group), scratch], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  return watcher
}

/** Sends `signal` to every process of the group; false when none is left. */
export function signalGroup(group: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(-group, signal)
  } catch {
    return false
  }
}

/** Runs a command to its end and returns what it printed; throws, with its last words, when it fails. */
export async function run(
  command: string,
  args: readonly string[],
  options: LeashOptions = {},
): Promise<string> {
  const { child, ended } = leash(command, args, options)
  let output = ''
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      output += text
    })
  }
  const code = await ended
  if (code !== 0) throw new Error(`${command} ended with ${code}:\n${output.trim().slice(-2000)}`)
  return output
}
