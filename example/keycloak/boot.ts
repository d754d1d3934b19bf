import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { type Launch, launch, type Plan } from './launch.js'
import { type Leashed, leash, signalGroup } from './leash.js'
import { isWildFly } from './version.js'

const MEGABYTE = 2 ** 20
const NEEDED_MEMORY = 900 * MEGABYTE
/** Seconds; a first start makes a database of some hundred tables, on a busy machine. */
const PATIENCE = 240

export interface Booted extends Leashed {
  /** Asks it to end, insists after 30 seconds, and returns when every process of it is gone. */
  stop(): Promise<void>
  kill(): Promise<void>
}

export function baseUrl(version: string, port: number): string {
  return `http://localhost:${port}${isWildFly(version) ? '/auth' : ''}`
}

/** Starts a Keycloak and returns when it answers; its output goes to the end of `logFile`. */
export async function boot(plan: Plan, logFile: string, scratch: string): Promise<Booted> {
  requireMemory()
  const { command, args, env } = await launch(plan)
  const url = baseUrl(plan.version, plan.port)
  const started = start({ command, args, env }, logFile, scratch)
  const stop = () => end(started, 'SIGTERM')
  const kill = () => end(started, 'SIGKILL')
  try {
    await serving(url, started)
  } catch (error) {
    await kill()
    const words = error instanceof Error ? error.message : String(error)
    throw new Error(`Keycloak ${plan.version} on Java ${plan.jdk.major} ${words}\n${lastWords(logFile)}`)
  }
  return { ...started, stop, kill }
}

function start({ command, args, env }: Launch, logFile: string, scratch: string): Leashed {
  const output = openSync(logFile, 'a')
  try {
    return leash(command, args, { env, output, scratch })
  } finally {
    closeSync(output)
  }
}

function requireMemory(): void {
  const available = process.availableMemory()
  if (available >= NEEDED_MEMORY) return
  const [needed, free] = [NEEDED_MEMORY, available].map(bytes => Math.round(bytes / MEGABYTE))
  throw new Error(`Keycloak needs about ${needed} MiB of free memory, and ${free} MiB are available.`)
}

async function serving(url: string, { ended }: Leashed): Promise<void> {
  let over: string | undefined
  ended.then(
    code => {
      over =
        code === 137 || code === 'SIGKILL' ? 'was killed: is there memory enough?' : `ended with ${code}.`
    },
    error => {
      over = `could not be started: ${error}`
    },
  )
  const deadline = Date.now() + PATIENCE * 1000
  while (!(await answers(`${url}/realms/master/.well-known/openid-configuration`))) {
    if (over !== undefined) throw new Error(over)
    if (Date.now() > deadline) throw new Error(`did not answer within ${PATIENCE} seconds.`)
    await delay(200)
  }
}

/** Whether something of Keycloak's is really served there, not only a port open. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5000) })
    await response.arrayBuffer()
    return response.ok
  } catch {
    return false
  }
}

async function end({ group }: Leashed, signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
  signalGroup(group, signal)
  // One that was stopped by SIGSTOP hears nothing else until it goes on.
  signalGroup(group, 'SIGCONT')
  for (let waited = 0; signalGroup(group, 0) && waited < 35_000; waited += 50) {
    if (waited === 30_000) signalGroup(group, 'SIGKILL')
    await delay(50)
  }
}

function lastWords(logFile: string): string {
  return readFileSync(logFile, 'utf8').trim().split('\n').slice(-25).join('\n')
}
