import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createKeycloak } from '../../src/index.js'

const root = join(import.meta.dirname, '../../src')
const read = (path: string) => readFileSync(join(root, path), 'utf8')

/** Members of interfaces of that name whose line does not follow a doc comment's end. */
function undocumented(code: string, name: RegExp): string[] {
  const bodies = [...code.matchAll(/^export interface (\w+)[^{\n]*\{\n(.*?)^\}/gms)]
  return bodies.flatMap(([, owner = '', body = '']) => {
    if (!name.test(owner)) return []
    const lines = body.split('\n')
    const members = lines.flatMap((line, i) => (/^ {2}(readonly )?\w+\??:/.test(line) ? [i] : []))
    return members.filter(i => !lines[i - 1]?.endsWith('*/')).map(i => `${owner}: ${lines[i]?.trim()}`)
  })
}

describe('What shows when it is hovered', () => {
  it('is a line for every member of a Keycloak', () => {
    assert.deepEqual(undocumented(read('keycloak.ts'), /^Keycloak$/), [])
  })

  it('is a line for every option of everything', () => {
    const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(path =>
      path.endsWith('.ts'),
    )
    const all = files.flatMap(path => undocumented(read(path), /(Options|Query|^Routes)$/))
    assert.deepEqual(all, [])
  })
})

describe('A Keycloak', () => {
  it('may be taken apart: every member stands on its own', () => {
    const { loginUrl, requireLogin, routes } = createKeycloak({
      configuration: 'https://id.example.com/realms/main',
      clientId: 'app',
    })
    assert.equal(loginUrl({ returnTo: '/a' }), '/openid/login?returnTo=%2Fa')
    assert.deepEqual([requireLogin().name, routes().name], ['requireLogin', 'keycloak'])
  })
})
