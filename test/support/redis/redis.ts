import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import type { AddressInfo } from 'node:net'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { available, needs } from '../parts.js'
import { use, useEach } from '../use.js'

needs('redis')

export interface RedisServer {
  url: string
  port: number
  /** It is over: process and folder are gone. */
  stop(): Promise<void>
  /** The process dies without a word; clients find a closed port. */
  kill(): Promise<void>
  /** It hangs: connections stay open and nothing is answered. */
  pause(): void
  resume(): void
  /** Back on the same port, empty, whatever was before. */
  restart(): Promise<void>
}

/** Whether there is a redis-server to start: to be asked in a hook or in a test. */
export function redisAvailable(): boolean {
  return available('redis')
}

/** A Redis of one's own on a free port, which keeps nothing on disk; with settings of its own, if any. */
export async function startRedis(settings: Record<string, string | number> = {}): Promise<RedisServer> {
  const port = await freePort()
  const folder = await mkdtemp(join(tmpdir(), 'redis-'))
  let child = await launch(port, folder, settings)

  const kill = async () => {
    if (child.exitCode !== null || child.signalCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  }

  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    kill,
    pause: () => void child.kill('SIGSTOP'),
    resume: () => void child.kill('SIGCONT'),
    async restart() {
      await kill()
      child = await launch(port, folder, settings)
    },
    async stop() {
      await kill()
      await rm(folder, { recursive: true, force: true })
    },
  }
}

/** A Redis while the tests of this suite run; where it can't be had, they are skipped. */
export function useRedis(settings: Record<string, string | number> = {}): RedisServer {
  skipWithoutRedis()
  return use(
    () => startRedis(settings),
    redis => redis.stop(),
  )
}

/** A new Redis for each test. */
export function useRedisEach(settings: Record<string, string | number> = {}): RedisServer {
  skipWithoutRedis()
  return useEach(
    () => startRedis(settings),
    redis => redis.stop(),
  )
}

/** Skips the tests of this suite where there is no Redis. */
export function skipWithoutRedis(): void {
  before(function () {
    if (!redisAvailable()) this.skip()
  })
}

/** Started when it says so itself. It dies with this process, even when a test forgets to stop it. */
async function launch(port: number, dir: string, settings: object): Promise<ChildProcess> {
  const options = { port, bind: '127.0.0.1', dir, appendonly: 'no', ...settings }
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, `${value}`])
  const child = spawn('redis-server', [...args, '--save', ''], { stdio: ['ignore', 'pipe', 'ignore'] })
  const orphan = () => child.kill('SIGKILL')
  process.on('exit', orphan)
  child.on('exit', () => process.off('exit', orphan))
  await new Promise<void>((resolve, reject) => {
    let log = ''
    child.on('error', reject)
    child.on('exit', code => reject(new Error(`redis-server ended (${code}): ${log}`)))
    child.stdout?.on('data', chunk => {
      log += chunk
      if (log.includes('Ready to accept connections')) resolve()
    })
  })
  child.stdout?.removeAllListeners('data').resume()
  return child
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
