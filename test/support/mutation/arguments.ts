import { execFileSync } from 'node:child_process'
import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

/** What every line of is needed. */
const FLOORS = ['src/middleware', 'src/protocol', 'src/store', 'src/http']

/** Suites that look at the repository, run programs, or take long for what they reach. */
const LEFT_OUT =
  /^test\/(readme|package|keycloak|browser|bench|process|outage|example|doctor|support)\/|^test\/attack\/fuzz\/|architecture|\/redis-|\/finality-|behind-nginx|slow-forms/

export interface Arguments {
  sources: string[]
  tests: string[]
  workers: number
  sample: number | undefined
  seed: number
}

export function argumentsOf(root: string, args: string[]): Arguments {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      since: { type: 'string' },
      sample: { type: 'string' },
      seed: { type: 'string' },
      tests: { type: 'string', multiple: true },
      workers: { type: 'string', default: '2' },
    },
  })
  const below = filesBelow(root, positionals.length > 0 ? positionals : FLOORS)
  const changed = values.since === undefined ? undefined : changedSince(root, values.since)
  return {
    sources: changed ? below.filter(file => changed.includes(file)) : below,
    tests: filesBelow(root, values.tests ?? ['test'], '.test.ts').filter(file => !LEFT_OUT.test(file)),
    workers: Number(values.workers),
    sample: values.sample === undefined ? undefined : Number(values.sample),
    seed: values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed),
  }
}

function filesBelow(root: string, paths: string[], ending = '.ts'): string[] {
  const files = paths.flatMap(path =>
    statSync(join(root, path)).isFile()
      ? [path]
      : readdirSync(join(root, path), { recursive: true, encoding: 'utf8' }).map(name => `${path}/${name}`),
  )
  return files.filter(file => file.endsWith(ending)).sort()
}

function changedSince(root: string, ref: string): string[] {
  return execFileSync('git', ['diff', '--name-only', ref, '--', 'src'], {
    cwd: root,
    encoding: 'utf8',
  }).split('\n')
}
