import { spawnSync } from 'node:child_process'
import { parts } from './parts.js'

/** Seconds that a package may take to come. */
const PATIENCE = 600

/** Installs what the loaded tests need and this machine lacks, where that can be done. */
export function mochaGlobalSetup(): void {
  parts.settle(name => {
    console.log(`Installing ${name}, which some tests use`)
    if (!install(name)) console.log(`${name} can't be installed here: tests that use it are skipped or fail`)
  })
}

function install(name: string): boolean {
  if (process.getuid?.() !== 0) return false
  const apt = (...args: string[]) => {
    // No service is to be started: each test starts its own.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    const options = { env, stdio: 'ignore', timeout: PATIENCE * 1000 } as const
    return spawnSync('apt-get', ['-qq', ...args], options).status === 0
  }
  const get = () => apt('install', '--yes', '--no-install-recommends', name)
  return get() || (apt('update') && get())
}
