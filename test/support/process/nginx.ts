import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { needs } from '../parts.js'
import { freePort } from '../redis/redis.js'

needs('nginx')

export interface Nginx {
  /** `http://localhost:<port>`. */
  url: string
  close(): Promise<void>
}

/**
 * A real nginx before an application. Its limits are those that it comes with, unless `settings`, directives of
 * a `server`, say otherwise.
 */
export async function startNginx(target: string, settings = ''): Promise<Nginx> {
  const [port, folder] = [await freePort(), await mkdtemp(join(tmpdir(), 'nginx-'))]
  const file = join(folder, 'nginx.conf')
  await writeFile(file, configuration(port, folder, target, settings))
  const child = spawn('nginx', ['-p', folder, '-c', file], { stdio: ['ignore', 'ignore', 'pipe'] })
  const orphan = () => child.kill('SIGTERM')
  process.on('exit', orphan)
  await started(child)
  return {
    url: `http://localhost:${port}`,
    async close() {
      process.off('exit', orphan)
      child.kill('SIGTERM')
      await once(child, 'exit')
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function configuration(port: number, folder: string, target: string, settings: string): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
  return `
    daemon off;
    user root;
    worker_processes 1;
    pid ${folder}/pid;
    error_log stderr notice;
    events {}
    http {
      access_log off;
      ${temporary.map(name => `${name}_temp_path ${folder}/${name};`).join('\n      ')}
      server {
        listen 127.0.0.1:${port};
        ${settings}
        location / {
          proxy_pass ${target};
          proxy_set_header Host $http_host;
          proxy_set_header X-Forwarded-Host $http_host;
          proxy_set_header X-Forwarded-Proto $scheme;
          proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        }
      }
    }`
}

/** It takes connections when it says that it starts a worker. */
function started(child: ChildProcess): Promise<void> {
  let log = ''
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', code => reject(new Error(`nginx ended (${code}): ${log}`)))
    child.stderr?.setEncoding('utf8').on('data', text => {
      log = (log + text).slice(-10_000)
      if (log.includes('start worker process ')) resolve()
    })
  })
}
