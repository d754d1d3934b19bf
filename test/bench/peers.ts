import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** Installs what we are measured against, once, here and not in the package. */
export function installPeers(): void {
  if (existsSync(join(import.meta.dirname, 'node_modules'))) return
  console.error('Installing what koa-keycloak is measured against …')
  run('npm', ['install', '--no-audit', '--no-fund', '--omit-lockfile-registry-resolved'], import.meta.dirname)
}

/** Builds the package as it is published, beside whatever `dist` holds; gives the folder. */
export function buildPackage(): string {
  const dist = join(root, '.cache/bench/dist')
  run('npx', ['tsc', '-p', 'src', '--outDir', dist], root)
  return dist
}

export function run(command: string, args: string[], cwd: string): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
}
