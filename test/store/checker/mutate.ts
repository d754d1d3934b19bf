import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { LoginsModule } from './world.js'

/** A piece of one of the modules as it stands there, and what takes its place. */
export type Change = readonly [from: string, to: string]

/** What is changed; the last one is loaded, and imports the others. */
const MODULES = ['renewals', 'logins']

const folderOfSources = new URL('../../../src/store/', import.meta.url)

/** The modules with some of their text changed. A text that is not there exactly once is a test that is out of date. */
export async function mutate(changes: readonly Change[]): Promise<LoginsModule> {
  const texts = await Promise.all(
    MODULES.map(name => readFile(new URL(`${name}.ts`, folderOfSources), 'utf8')),
  )
  const sources = new Map(MODULES.map((name, i) => [name, texts[i] ?? '']))
  for (const change of changes) apply(change, sources)
  const folder = await mkdtemp(join(tmpdir(), 'mutant-'))
  try {
    for (const [name, text] of sources) await writeFile(join(folder, `${name}.mts`), placed(text))
    const load = (name: string) => import(pathToFileURL(join(folder, `${name}.mts`)).href)
    const [{ RefreshRejectedError }, { Logins }] = await Promise.all(MODULES.map(load))
    return { Logins, RefreshRejectedError }
  } finally {
    await rm(folder, { recursive: true })
  }
}

function apply([from, to]: Change, sources: Map<string, string>): void {
  const places = [...sources].flatMap(([name, text]) => Array(text.split(from).length - 1).fill(name))
  assert.equal(places.length, 1, `src/store has not once: ${from}`)
  const [name] = places
  sources.set(
    name,
    (sources.get(name) ?? '').replace(from, () => to),
  )
}

/** The same text where it may stand: among each other the copies are beside, all else where it was. */
function placed(text: string): string {
  return text.replace(/ from '(\..*)\.js'/g, (_, path: string) => {
    const isCopied = MODULES.some(name => path === `./${name}`)
    return isCopied ? ` from '${path}.mts'` : ` from '${new URL(path, folderOfSources)}.ts'`
  })
}
