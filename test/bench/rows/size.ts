import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../peers.js'
import type { Line } from '../report.js'
import { median } from '../statistics.js'

const PEERS = ['express-openid-connect', 'keycloak-connect']

/** What an import takes, and what an installation weighs, each in a folder of its own. */
export function size(dist: string, times: number): Line[] {
  const root = join(dist, '../../..')
  const ours = install(root, folder => {
    cpSync(join(root, 'package.json'), join(folder, 'source.json'))
    const { dependencies, peerDependencies } = JSON.parse(run('cat', ['source.json'], folder))
    writeFileSync(
      join(folder, 'package.json'),
      JSON.stringify({ type: 'module', dependencies, peerDependencies }),
    )
    cpSync(dist, join(folder, 'dist'), { recursive: true })
  })
  const peers = PEERS.map(name => ({
    name,
    ...install(root, folder => {
      const { dependencies } = JSON.parse(run('cat', [join(root, 'test/bench/package.json')], root))
      writeFileSync(
        join(folder, 'package.json'),
        JSON.stringify({ type: 'module', dependencies: { [name]: dependencies[name] } }),
      )
    }),
  }))
  const line = (name: string, folder: string, specifier: string, kilobytes: number): Line => ({
    what: `${name}: import, and installed size with framework and dependencies`,
    seen: `${importTime(folder, specifier, times).toFixed(0)} ms, ${(kilobytes / 1024).toFixed(1)} MB`,
  })
  const lines = [
    line('koa-keycloak', ours.folder, './dist/index.js', ours.kilobytes),
    ...peers.map(({ name, folder, kilobytes }) => line(name, folder, name, kilobytes)),
  ]
  for (const { folder } of [ours, ...peers]) rmSync(folder, { recursive: true })
  return lines
}

function install(root: string, prepare: (folder: string) => void): { folder: string; kilobytes: number } {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  prepare(folder)
  run('npm', ['install', '--silent', '--no-audit', '--no-fund', '--no-package-lock'], folder)
  const kilobytes = Number.parseInt(run('du', ['-sk', folder], root), 10)
  return { folder, kilobytes }
}

/** Median, less what Node needs to start and to import nothing. */
function importTime(folder: string, specifier: string, times: number): number {
  const script = `const t = performance.now(); await import(${JSON.stringify(specifier)}); console.log(performance.now() - t)`
  writeFileSync(join(folder, 'time.mjs'), script)
  return median(Array.from({ length: times }, () => Number(run('node', ['time.mjs'], folder))))
}
