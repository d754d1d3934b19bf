import { execFileSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'

export interface Mutant {
  id: string
  file: string
  /** The first is 1. */
  line: number
  /** The line as it is written. */
  text: string
  mutator: string
  replacement: string
}

export interface Copy {
  folder: string
  mutants: Mutant[]
}

const silent = new Proxy({}, { get: () => () => false }) as ConstructorParameters<typeof Instrumenter>[0]

/**
 * Copies the repository to a new folder, the given files with every mutant inside. Which one is active is asked
 * while it runs, so one copy serves all.
 */
export async function instrumentedCopy(root: string, files: string[]): Promise<Copy> {
  const folder = mkdtempSync(join(tmpdir(), 'mutation-'))
  for (const path of tracked(root)) copy(join(root, path), join(folder, path))
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  const sources = files.map(name => ({ name, mutate: true, content: readFileSync(join(root, name), 'utf8') }))
  const result = await new Instrumenter(silent).instrument(sources, {
    plugins: null,
    excludedMutations: [],
    ignorers: [],
  })
  for (const { name, content } of result.files) writeFileSync(join(folder, name), content)
  const lines = new Map(sources.map(({ name, content }) => [name, content.split('\n')]))
  const mutants = result.mutants.map(({ id, fileName: file, location, mutatorName, replacement }) => ({
    id,
    file,
    line: location.start.line + 1,
    text: lines.get(file)?.[location.start.line]?.trim() ?? '',
    mutator: mutatorName,
    replacement: replacement ?? '',
  }))
  return { folder, mutants }
}

function tracked(root: string): string[] {
  const options = { cwd: root, encoding: 'utf8' } as const
  const paths = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], options)
  const gone = execFileSync('git', ['ls-files', '-z', '--deleted'], options).split('\0')
  return paths.split('\0').filter(path => path !== '' && !gone.includes(path))
}

function copy(from: string, to: string): void {
  mkdirSync(dirname(to), { recursive: true })
  copyFileSync(from, to)
}
