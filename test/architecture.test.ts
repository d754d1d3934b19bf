import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { version } from '../src/version.js'

/**
 * From below to above: a file imports its own layer or lower ones, types included, so there is no cycle between
 * layers. Within a layer files import each other freely, but for the pieces.
 */
const LAYERS = [
  'util',
  'version',
  'errors',
  'events',
  'check-options',
  'token',
  'store',
  'options',
  'provider',
  'protocol',
  'http',
  'middleware',
  'keycloak',
  'create-keycloak',
  'index',
  'doctor',
  'testing',
]

/** Who may use what is not ours; everything else, Node's own modules aside, nobody may. */
const PACKAGES: Record<string, string[]> = {
  'openid-client': ['protocol'],
  jose: ['protocol', 'testing'],
  '@koa/router': ['keycloak', 'create-keycloak'],
  koa: ['http'],
}

interface Import {
  from: string
  to: string
}

const root = join(import.meta.dirname, '..')
const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const sources = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .filter(path => path.endsWith('.ts'))
  .map(path => `src/${path}`)
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const layerOf = (path: string) => path.replace(/^src\//, '').replace(/(\/.*|\.[jt]s)$/, '')
const imports: Import[] = sources.flatMap(from => specifiersIn(read(from)).map(to => ({ from, to })))
const own = imports
  .filter(({ to }) => to.startsWith('.'))
  .map(({ from, to }) => ({ from, to: relative(root, join(root, dirname(from), to)) }))
const foreign = imports.filter(({ to }) => !to.startsWith('.') && !to.startsWith('node:'))

describe('Architecture', () => {
  it('knows every file and sees their imports', () => {
    assert.deepEqual([...new Set(sources.map(layerOf))].sort(), [...LAYERS].sort())
    assert.ok(own.length > sources.length)
  })

  it('imports run one way, from the surface down', () => {
    const upward = own.filter(({ from, to }) => LAYERS.indexOf(layerOf(to)) > LAYERS.indexOf(layerOf(from)))
    assert.deepEqual(list(upward), [])
  })

  it('a piece never imports another piece', () => {
    const between = own.filter(({ from, to }) => [from, to].every(path => layerOf(path) === 'middleware'))
    assert.deepEqual(list(between), [])
  })

  it('no file imports itself by a detour', () => {
    assert.equal(cycle(), undefined)
  })

  it('packages are used where they belong, and no others are', () => {
    const strays = foreign.filter(({ from, to }) => !PACKAGES[to]?.includes(layerOf(from)))
    assert.deepEqual(list(strays), [])
  })

  it('packages are declared, the application’s own Koa as a peer', () => {
    const { dependencies, peerDependencies } = manifest
    const used = new Set(foreign.map(({ to }) => to))
    assert.deepEqual(
      [...Object.keys(dependencies), ...Object.keys(peerDependencies)].sort(),
      [...used].sort(),
    )
  })

  it('a folder has at most twenty entries: the next one splits it', () => {
    const folders = ['src', 'test', 'example'].flatMap(top => [top, ...foldersBelow(top)])
    const full = folders.filter(folder => readdirSync(join(root, folder)).length > 20)
    assert.deepEqual(full, [])
  })

  it('of koa only types are used: which copy of it runs is the application’s choice', () => {
    const values = sources.filter(path => /^import (?!type\b)[^'"]*'koa'/m.test(read(path)))
    assert.deepEqual(values, [])
  })

  it('types reach the application by import, never by augmenting what it installed', () => {
    const augmenting = sources.filter(path => /declare\s+(module|global)\b/.test(read(path)))
    assert.deepEqual(augmenting, [])
  })

  it('index has no logic', () => {
    const statements = read('src/index.ts').split(/^(?=export|import|const|function|class|let)/m)
    assert.deepEqual(
      statements.filter(text => !/^export (type )?\{[^}]*\} from '\.\/[^']+'\s*$/.test(text)),
      [],
    )
  })

  it('the version in the code is the one in package.json', () => {
    assert.equal(version, manifest.version)
  })
})

/** `import … from`, `export … from`, `import()` and a bare `import`; a type-only import counts like any other. */
function specifiersIn(code: string): string[] {
  const pattern = /^(?:import|export)\b[^'"`;]*?from\s+'([^']+)'|\bimport\s*\(?\s*'([^']+)'/gm
  return [...code.matchAll(pattern)].flatMap(([, from, bare]) => from ?? bare ?? [])
}

/** But for what the bench installs. */
function foldersBelow(top: string): string[] {
  return readdirSync(join(root, top), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isDirectory())
    .map(entry => relative(root, join(entry.parentPath, entry.name)))
    .filter(folder => !folder.split('/').includes('node_modules'))
}

/** The first cycle between files, if there is one. */
function cycle(): string | undefined {
  const done = new Set<string>()
  const visit = (path: string, trail: string[]): string | undefined => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path].join(' > ')
    if (done.has(path)) return undefined
    for (const { from, to } of own) {
      if (from !== path) continue
      const found = visit(to.replace(/\.js$/, '.ts'), [...trail, path])
      if (found) return found
    }
    done.add(path)
    return undefined
  }
  for (const path of sources) {
    const found = visit(path, [])
    if (found) return found
  }
  return undefined
}

const list = (edges: Import[]) => edges.map(({ from, to }) => `${from} imports ${to}`)
