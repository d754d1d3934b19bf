import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { resolveOptions } from '../../src/options.js'
import { testKeycloak } from '../../src/testing/index.js'
import { blocks, documents, introduction, packed, read, reference, root, rowsUnder } from './blocks.js'

describe('Documents', () => {
  it('their code compiles', function () {
    this.timeout(60_000)
    assert.deepEqual(compile(), [])
  })

  it('describes every option, and no other', () => {
    const options = [
      ...membersOf('ProviderOptions', read('src/options.ts')),
      ...membersOf('KeycloakOptions', read('src/create-keycloak.ts')),
    ]
    assert.deepEqual(names('Options').sort(), options.sort())
  })

  it('names the defaults that options have', () => {
    const settings: Record<string, unknown> = resolveOptions({
      configuration: 'https://a.example',
      clientId: 'a',
    })
    const rows = new Map(
      rowsUnder('Options').map(([name = '', value = '']) => [name.replaceAll('`', ''), value]),
    )
    for (const [option, value] of Object.entries(settings)) {
      if (['configuration', 'clientId', 'routes', 'now'].includes(option)) continue
      const shown = Array.isArray(value)
        ? value.join(' ') || 'none'
        : typeof value === 'object'
          ? 'none'
          : `${value}`
      assert.ok(rows.get(option)?.includes(shown), `${option}: the reference does not say ${shown}`)
    }
  })

  it('describes every error with its status, and no other', () => {
    const situations = read('src/errors.ts').match(/SITUATIONS = \{(.*?)^\} as const/ms)?.[1] ?? ''
    const errors = [...situations.matchAll(/^ {2}(\w+): \[\s*(\d{3}),/gm)].map(([, code, status]) => [
      code,
      status,
    ])
    assert.ok(errors.length > 20)
    const described = rowsUnder('Errors').map(([code = '', status]) => [code.replaceAll('`', ''), status])
    assert.deepEqual(described.sort(), errors.sort())
  })

  it('describes every event, and no other, and every reason for which a login ends', () => {
    const code = read('src/events.ts')
    const body = code.match(/export interface KeycloakEvents \{(.*?)^\}/ms)?.[1] ?? ''
    const events = [...body.matchAll(/^ {2}'?([\w.]+)'?:/gm)].map(([, name]) => name)
    assert.ok(events.length > 10)
    const rows = rowsUnder('Events and health')
    const described = rows.flatMap(([cell = '']) => cell.split(' ')).map(name => name.replaceAll('`', ''))
    assert.deepEqual(described.sort(), events.sort())
    const ended = rows.find(([name]) => name === '`login.ended`')?.[2] ?? ''
    const reasons = code.match(/type EndReason = (.*)/)?.[1]?.split(' | ') ?? []
    assert.deepEqual(
      reasons.filter(reason => !ended.includes(reason.replaceAll("'", '`'))),
      [],
    )
  })

  it('describes every option and member of the kit for tests, and every step', async () => {
    const kit = read('src/testing/test-keycloak.ts')
    const described = rowsUnder('Testing').flatMap(([cell = '']) =>
      cell.split(' ').map(name => name.replace(/^`(\w+).*/, '$1')),
    )
    const steps =
      read('src/testing/refusal.ts')
        .match(/type Step = (.*)/)?.[1]
        ?.match(/\w+/g) ?? []
    const members = [...Object.keys(await testKeycloak()), ...membersOf('TestKeycloakOptions', kit), ...steps]
    assert.deepEqual(
      members.filter(name => !described.includes(name)),
      [],
    )
  })

  it('describes everything that can be imported as a value', () => {
    const index = read('src/index.ts').replace(/export type \{[^}]*\}/g, '')
    const exported = [...index.matchAll(/export \{([^}]*)\}/g)].flatMap(([, list = '']) =>
      list.split(',').map(name => name.trim()),
    )
    const values = exported.filter(name => name && !name.startsWith('type '))
    assert.deepEqual(
      values.filter(name => !(introduction + reference).includes(`\`${name}`)),
      [],
    )
  })

  it('their links lead somewhere', () => {
    const dead = documents.flatMap(path => links(path).filter(({ file, anchor }) => !leads(file, anchor)))
    assert.deepEqual(dead, [])
  })

  it('what comes with the package links to nothing that does not', () => {
    const { files } = JSON.parse(read('package.json')) as { files: string[] }
    const there = packed.filter(path => documents.includes(path))
    assert.deepEqual(
      there.filter(path => !files.includes(path)),
      [],
    )
    const outside = there.flatMap(path =>
      links(path).filter(({ file }) => !packed.includes(file) && !files.includes(file) && file !== 'LICENSE'),
    )
    assert.deepEqual(outside, [])
  })

  it('their commands exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    assert.ok(commands(introduction).includes('start') && commands(introduction).includes('test'))
    assert.deepEqual(
      documents.flatMap(path => commands(read(path)).filter(name => !(name in scripts))),
      [],
    )
  })
})

function names(heading: string): string[] {
  return rowsUnder(heading).map(([name = '']) => name.replaceAll('`', ''))
}

/** Names of an interface's own members. */
function membersOf(name: string, code: string): string[] {
  const body = code.match(new RegExp(`export interface ${name}\\b[^{]*\\{(.*?)^\\}`, 'ms'))?.[1] ?? ''
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => member ?? '')
}

interface Link {
  from: string
  /** Path from the repository's root. */
  file: string
  anchor: string
}

/** Links of a document within the repository. */
function links(from: string): Link[] {
  const targets = [...read(from).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
  return targets
    .filter(target => !/^https?:/.test(target))
    .map(target => {
      const [path = '', anchor = ''] = target.split('#')
      return { from, file: path ? join(dirname(from), path) : from, anchor }
    })
}

function leads(file: string, anchor: string): boolean {
  return existsSync(join(root, file)) && (anchor === '' || anchors(read(file)).includes(anchor))
}

/** As GitHub makes them of headings. */
function anchors(markdown: string): string[] {
  return [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

function commands(markdown: string): string[] {
  return [...markdown.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map(([, name]) => name ?? '')
}

/** Every TypeScript block as a module of its own, all in one run of tsc; what it has to say, with the document's lines. */
function compile(): string[] {
  const cache = join(root, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'readme-'))
  try {
    const modules = documents.flatMap(path => blocks(read(path)).map(block => ({ ...block, path })))
    const typed = modules.filter(({ language }) => language === 'ts')
    assert.ok(typed.length > 5)
    for (const { path, line, code } of typed) {
      const name = `${path.replaceAll('/', '+')}+${line}.ts`
      writeFileSync(join(folder, name), `${'\n'.repeat(line - 1)}${code}\nexport {}\n`)
    }
    const configuration = {
      extends: '../../tsconfig.json',
      compilerOptions: {
        paths: {
          'koa-keycloak': ['../../src/index.ts'],
          'koa-keycloak/store-contract': ['../../src/store/contract.ts'],
          'koa-keycloak/testing': ['../../src/testing/index.ts'],
          'koa-keycloak/doctor': ['../../src/doctor/index.ts'],
        },
        noUnusedLocals: false,
        types: ['node'],
      },
      include: ['.', '../../test/readme/globals.d.ts', '../../test/support/redis/koa-redis.d.ts'],
    }
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(configuration))
    const tsc = spawnSync(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder], {
      encoding: 'utf8',
    })
    // What does not compile in the sources is `npm run check`'s to say.
    return tsc.stdout
      .split('\n')
      .filter(line => line.includes('.md+') || line.includes('test/readme/'))
      .map(line => line.replace(/^.*\/(.*\.md)\+\d+\.ts\((\d+)/, '$1($2'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
