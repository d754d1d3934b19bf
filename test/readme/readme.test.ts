import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { resolveOptions } from '../../src/options.js'
import { blocks, readme, root, rowsUnder } from './blocks.js'

const read = (path: string) => readFileSync(join(root, path), 'utf8')

describe('README', () => {
  it('its code compiles', function () {
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
      assert.ok(rows.get(option)?.includes(shown), `${option}: the README does not say ${shown}`)
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

  it('describes everything that can be imported as a value', () => {
    const index = read('src/index.ts').replace(/export type \{[^}]*\}/g, '')
    const exported = [...index.matchAll(/export \{([^}]*)\}/g)].flatMap(([, list = '']) =>
      list.split(',').map(name => name.trim()),
    )
    const values = exported.filter(name => name && !name.startsWith('type '))
    assert.deepEqual(
      values.filter(name => !readme.includes(`\`${name}`)),
      [],
    )
  })

  it('its links lead somewhere', () => {
    const targets = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target ?? '')
    const dead = targets.filter(target =>
      target.startsWith('#')
        ? !anchors().includes(target.slice(1))
        : !/^https?:/.test(target) && !existsSync(join(root, target)),
    )
    assert.deepEqual(dead, [])
  })

  it('its commands exist', () => {
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const commands = [...readme.matchAll(/npm (?:run )?(start|test|(?<=run )[\w:]+)/g)].map(
      ([, name]) => name ?? '',
    )
    assert.ok(commands.includes('start') && commands.includes('test'))
    assert.deepEqual(
      commands.filter(name => !(name in scripts)),
      [],
    )
  })
})

function names(heading: string): string[] {
  return rowsUnder(heading).map(([name = '']) => name.replaceAll('`', ''))
}

/** Names of an interface's own members. */
function membersOf(name: string, code: string): string[] {
  const body = code.match(new RegExp(`export interface ${name} [^{]*\\{(.*?)^\\}`, 'ms'))?.[1] ?? ''
  return [...body.matchAll(/^ {2}(\w+)\??:/gm)].map(([, member]) => member ?? '')
}

/** As GitHub makes them of headings. */
function anchors(): string[] {
  return [...readme.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  )
}

/** Every TypeScript block as a module of its own, all in one run of tsc; what it has to say, with README lines. */
function compile(): string[] {
  const cache = join(root, '.cache')
  mkdirSync(cache, { recursive: true })
  const folder = mkdtempSync(join(cache, 'readme-'))
  try {
    const modules = blocks().filter(({ language }) => language === 'ts')
    assert.ok(modules.length > 5)
    for (const { line, code } of modules) {
      writeFileSync(join(folder, `line-${line}.ts`), `${'\n'.repeat(line - 1)}${code}\nexport {}\n`)
    }
    const configuration = {
      extends: '../../tsconfig.json',
      compilerOptions: {
        paths: {
          'koa-keycloak': ['../../src/index.ts'],
          'koa-keycloak/store-contract': ['../../src/store/contract.ts'],
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
    const output = tsc.stdout.replace(/^.*line-\d+\.ts\((\d+)/gm, 'README.md($1')
    // What does not compile in the sources is `npm run check`'s to say.
    return output.split('\n').filter(line => line.startsWith('README.md') || line.includes('test/readme/'))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
