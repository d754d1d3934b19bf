import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LoginsModule } from './world.js'

/** A piece of src/store/logins.ts as it stands there, and what takes its place. */
export type Change = readonly [from: string, to: string]

const source = new URL('../../../src/store/logins.ts', import.meta.url)

/** The module with some of its text changed. A text that is not there exactly once is a test that is out of date. */
export async function mutate(changes: readonly Change[]): Promise<LoginsModule> {
  let text = await readFile(source, 'utf8')
  for (const [from, to] of changes) {
    assert.equal(text.split(from).length, 2, `src/store/logins.ts has not once: ${from}`)
    text = text.replace(from, () => to)
  }
  const folder = await mkdtemp(join(tmpdir(), 'mutant-'))
  try {
    const file = join(folder, 'logins.mts')
    await writeFile(
      file,
      text.replace(/ from '(\..*)\.js'/g, (_, path) => ` from '${new URL(path, source)}.ts'`),
    )
    return await import(pathToFileURL(file).href)
  } finally {
    await rm(folder, { recursive: true })
  }
}
