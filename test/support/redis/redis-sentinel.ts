import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, type RedisServer } from './redis.js'

export interface RedisSentinel {
  name: string
  port: number
  stop(): Promise<void>
}

/** A Sentinel that watches over one server, and tells clients where it is. */
export async function startSentinel(master: RedisServer): Promise<RedisSentinel> {
  const [port, folder, name] = [await freePort(), await mkdtemp(join(tmpdir(), 'sentinel-')), 'main']
  const file = join(folder, 'sentinel.conf')
  const settings = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${name} 127.0.0.1 ${master.port} 1`,
  ]
  await writeFile(file, settings.join('\n'))
  const child = spawn('redis-server', [file, '--sentinel'], { stdio: ['ignore', 'pipe', 'ignore'] })
  const orphan = () => child.kill('SIGKILL')
  process.on('exit', orphan)
  await new Promise<void>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', () => reject(new Error('the sentinel ended')))
    child.stdout.on('data', chunk => String(chunk).includes('+monitor') && resolve())
  })
  child.stdout.removeAllListeners('data').resume()
  return {
    name,
    port,
    async stop() {
      process.off('exit', orphan)
      child.kill('SIGKILL')
      await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}
