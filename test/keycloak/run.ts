import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { argv, env, exit } from 'node:process'
import { NEWEST } from '../../example/keycloak/version.js'
import type { Journey } from './support/journey-reporter.js'
import { column, differences, table } from './support/table.js'

/** From 15 down to 10 Maven serves none; what is before 10 has not been tried. */
const ALL = [NEWEST, '24.0.5', '18.0.2', '17.0.0', '16.1.1', '15.0.2', '10.0.1']

/**
 * `npm run test:keycloak [-- newest | version … | all]`: every journey against each version, the newest by default, and
 * a table of what was seen. README.md beside it has the same table; where the two differ this ends with an error.
 */
async function main(asked: string[]): Promise<boolean> {
  const versions = asked.includes('all')
    ? ALL
    : asked.map(version => (version === 'newest' ? NEWEST : version))
  if (versions.length === 0) versions.push(NEWEST)
  const seen: Record<string, Journey[]> = {}
  for (const version of versions) seen[version] = await journeys(version)

  console.log(`\n${table(seen)}\n`)
  const readme = readFileSync(new URL('README.md', import.meta.url), 'utf8')
  const stale = differences(readme, seen)
  if (stale.length > 0)
    console.log(`The README's table says otherwise:\n${stale.map(line => `  ${line}`).join('\n')}`)
  const failed = versions.filter(
    version => column(seen[version] ?? []).includes('failed') || !seen[version]?.length,
  )
  if (failed.length > 0) console.log(`Failed: ${failed.join(', ')}`)
  return stale.length === 0 && failed.length === 0
}

async function journeys(version: string): Promise<Journey[]> {
  console.log(`\nKeycloak ${version}`)
  const folder = mkdtempSync(join(tmpdir(), 'journeys-'))
  const file = join(folder, 'journeys.json')
  const mocha = spawn(
    'npx',
    [
      ...'mocha --no-config --node-option import=tsx --timeout 120000 --exit'.split(' '),
      ...'--require test/support/install.ts'.split(' '),
      ...'--require test/keycloak/support/shared.ts --reporter test/keycloak/support/journey-reporter.ts'.split(
        ' ',
      ),
      'test/keycloak/journeys/*.test.ts',
    ],
    { stdio: 'inherit', env: { ...env, KEYCLOAK_VERSION: version, JOURNEYS: file } },
  )
  await once(mocha, 'exit')
  try {
    return JSON.parse(readFileSync(file, 'utf8'))
  } catch {
    return [] // it did not even start
  } finally {
    rmSync(folder, { recursive: true })
  }
}

exit((await main(argv.slice(2))) ? 0 : 1)
