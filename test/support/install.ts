import { spawnSync } from 'node:child_process'
import { redisAvailable } from './redis/redis.js'

/** What tests need beside Node: how to see whether it is there, and Debian's name for it. */
const needs = [{ name: 'redis-server', available: redisAvailable }]

/** Installs what is missing, where that can be done. Tests that use what is still missing skip themselves. */
export function mochaGlobalSetup(): void {
  for (const { name, available } of needs) {
    if (available()) continue
    console.log(`Installing ${name}, which some tests use`)
    if (!install(name)) console.log(`${name} can't be installed here: tests that use it are skipped`)
  }
}

function install(name: string): boolean {
  if (process.getuid?.() !== 0) return false
  const apt = (...args: string[]) => {
    // No service is to be started: each test starts its own.
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1' }
    return spawnSync('apt-get', ['-qq', ...args], { env, stdio: 'ignore', timeout: 180_000 }).status === 0
  }
  const get = () => apt('install', '--yes', '--no-install-recommends', name)
  return get() || (apt('update') && get())
}
