import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { StandIn } from '../../example/stand-in/stand-in.js'
import { blocks, introduction, packed, root } from '../readme/blocks.js'
import { startProvider } from '../support/app/app.js'
import { serve } from '../support/app/serve.js'
import { UserAgent } from '../support/browser/user-agent.js'
import { type Consumer, createConsumer, nodePath, pack, type Tarball } from './consumer.js'

/** What the README's quick start tells people to install beside the package. */
const QUICK_START = ['koa@3', 'koa-session@7', '@koa/router@15']

describe('The packed package', () => {
  let tarball: Tarball
  let consumer: Consumer
  before(() => {
    tarball = pack()
    consumer = createConsumer(tarball, [...QUICK_START, '@types/koa@3', '@types/node@20', 'koa-redis@4'])
  })
  after(() => {
    consumer?.remove()
    tarball?.remove()
  })

  it('contains what was built, and the documents about it', () => {
    const others = tarball.files.filter(path => !/^dist\/.*\.(js|d\.ts)$/.test(path))
    const expected = ['LICENSE', 'package.json', 'example/pictures/sequence.png', ...packed]
    assert.deepEqual(others.sort(), expected.sort())
  })

  for (const version of ['20.19', '22', '24']) {
    describe(`under Node ${version}`, () => {
      let node: string
      before(() => {
        node = nodePath(version)
      })

      it('is that version', () => {
        assert.match(consumer.run(node, ['--version']), new RegExp(`^v${version}\\.`))
      })

      it('import and require give the same', () => {
        const imported = `import * as all from 'koa-keycloak'; console.log(Object.keys(all).sort().join())`
        const required = `console.log(Object.keys(require('koa-keycloak')).sort().join())`
        const names = consumer.run(node, ['--input-type=module', '--eval', imported])
        assert.ok(names.split(',').includes('createKeycloak'))
        assert.equal(consumer.run(node, ['--eval', required]), names)
      })

      it('has the contract of stores beside it', () => {
        const code = `const { storeContract } = require('koa-keycloak/store-contract')
          const { memoryStore } = require('koa-keycloak')
          const time = { pass: seconds => new Promise(resolve => setTimeout(resolve, seconds * 1000)) }
          Promise.all(storeContract.map(({ run }) => run(memoryStore(), time))).then(all => console.log(all.length))`
        assert.ok(Number(consumer.run(node, ['--eval', code])) > 5)
      })

      it('has the doctor beside it, and the command', () => {
        const code = `const { clientRepresentation } = require('koa-keycloak/doctor')
          const { createProvider } = require('koa-keycloak')
          const provider = createProvider({ configuration: 'https://host/realms/a', clientId: 'my-app' })
          console.log(JSON.stringify(clientRepresentation(provider, { baseUrl: 'https://app.example' })))`
        const client =
          'client --configuration https://host/realms/a --client-id my-app --base-url https://app.example'
        const printed = consumer.run(node, ['node_modules/.bin/koa-keycloak', ...client.split(' ')])
        assert.deepEqual(JSON.parse(printed), JSON.parse(consumer.run(node, ['--eval', code])))
      })

      it('the quick start of the README logs in and out', () => quickStart(consumer, node))
    })
  }

  it('puts the command where npx finds it', () => {
    assert.match(consumer.run('npx', ['--no-install', 'koa-keycloak', '--help']), /koa-keycloak doctor/)
  })

  it('works with Koa 2', async () => {
    const other = createConsumer(tarball, ['koa@2', ...QUICK_START.slice(1)])
    try {
      await quickStart(other, process.execPath)
    } finally {
      other.remove()
    }
  })

  for (const [module, moduleResolution, type] of [
    ['nodenext', 'nodenext', 'module'],
    ['nodenext', 'nodenext', 'commonjs'],
    ['node16', 'node16', 'module'],
    ['esnext', 'bundler', 'module'],
  ]) {
    it(`its types are found, and hold, with moduleResolution ${moduleResolution} and type ${type}`, () => {
      const folder = `${moduleResolution}-${type}`
      consumer.write(`${folder}/package.json`, JSON.stringify({ type }))
      consumer.write(`${folder}/app.ts`, TYPED)
      consumer.write(`${folder}/typed-router.ts`, typesTest('typed-router.ts'))
      consumer.write(`${folder}/redis.ts`, WITH_KOA_REDIS)
      const compilerOptions = {
        module,
        moduleResolution,
        target: 'es2022',
        strict: true,
        noEmit: true,
        types: ['node'],
      }
      consumer.write(`${folder}/tsconfig.json`, JSON.stringify({ compilerOptions, include: ['.'] }))
      assert.deepEqual(typeErrors(consumer, folder), [])
    })
  }

  it('TypeScript refuses it in CommonJS with module node16, and takes import() there', () => {
    const compilerOptions = {
      module: 'node16',
      target: 'es2022',
      strict: true,
      noEmit: true,
      types: ['node'],
    }
    consumer.write('node16/package.json', '{ "type": "commonjs" }')
    consumer.write('node16/tsconfig.json', JSON.stringify({ compilerOptions, include: ['.'] }))
    consumer.write('node16/app.ts', "import { createKeycloak } from 'koa-keycloak'\ncreateKeycloak")
    assert.match(typeErrors(consumer, 'node16').join(), /TS1479/)
    const late = "export const load = async () => (await import('koa-keycloak')).createKeycloak"
    consumer.write('node16/app.ts', late)
    assert.deepEqual(typeErrors(consumer, 'node16'), [])
  })
})

/** Runs the README's first program as it stands there, but for the addresses, and goes through it. */
async function quickStart(consumer: Consumer, node: string): Promise<void> {
  const provider = await startProvider()
  const port = await freePort()
  const app = `http://localhost:${port}`
  const code = blocks(introduction).find(({ code }) => code.includes('app.listen'))?.code ?? ''
  const adapted = code
    .replaceAll('http://localhost:8180', new URL(provider.issuer).origin)
    .replaceAll('2700', `${port}`)
  assert.notEqual(adapted, code)
  consumer.write('app.mjs', adapted)
  await provider.addClient({
    clientId: 'koa-app',
    clientSecret: 's3cret',
    redirectUris: [`${app}/openid/auth`],
    postLogoutRedirectUris: [`${app}/`],
    logoutRequestUri: `${app}/openid/logout_request`,
  })
  const program = await consumer.start(node, ['app.mjs'], {})
  try {
    await journey(provider, app)
  } finally {
    program.stop()
    await provider.close()
  }
}

async function journey(provider: StandIn, app: string): Promise<void> {
  const browser = new UserAgent()
  const page = await browser.login(`${app}/me`, 'alice', 'alice')
  assert.equal(page.url, `${app}/me`)
  assert.equal(JSON.parse(page.body).preferred_username, 'alice')
  assert.equal((await browser.goto(`${app}/admin`)).status, 200)
  await browser.goto(`${app}/openid/logout`, { site: 'same-origin' })
  assert.equal((await browser.fetch(`${app}/me`)).status, 401)

  await browser.login(`${app}/me`, 'bob', 'bob')
  assert.equal((await browser.goto(`${app}/admin`)).status, 403)
  await provider.logoutUser('bob')
  assert.equal((await browser.fetch(`${app}/me`)).status, 401)
}

async function freePort(): Promise<number> {
  const served = await serve({ callback: () => () => undefined })
  await served.close()
  return served.port
}

const TYPED = `
import Koa from 'koa'
import { createKeycloak, type KeycloakState, type Store } from 'koa-keycloak'
import { clientRepresentation, doctor, type Finding } from 'koa-keycloak/doctor'
import { storeContract } from 'koa-keycloak/store-contract'
export const check = (store: Store) => storeContract[0]?.run(store, { pass: () => undefined })
const app = new Koa<KeycloakState>()
const keycloak = createKeycloak({ configuration: 'https://host/realms/a', clientId: 'app' })
app.use(keycloak.routes())
app.use(keycloak.requireRole('admin'))
app.use(ctx => {
  const { keycloak } = ctx.state
  ctx.body = keycloak.loggedIn ? keycloak.token.realmRoles : []
})
export const errors = async (): Promise<Finding[]> =>
  (await doctor(keycloak, { admin: { user: 'a', password: 'b' } })).findings.filter(({ severity }) => severity === 'error')
export const uris: string[] = clientRepresentation(keycloak, { baseUrl: 'https://app.example' }).redirectUris
// @ts-expect-error types are there, or this would be no error
createKeycloak({ configuration: 'https://host/realms/a', clientID: 'app' })
`

/** A test of types of this repository's, about the package that is installed. */
function typesTest(name: string): string {
  const code = readFileSync(join(import.meta.dirname, 'types', name), 'utf8')
  return code.replace('../../../src/index.js', 'koa-keycloak')
}

/** koa-redis has no types of its own, and @types/koa-redis is for koa-session before 7. */
const WITH_KOA_REDIS = `
// @ts-ignore: koa-redis has no types
import redisStore from 'koa-redis'
import Koa from 'koa'
import session from 'koa-session'
import { createKeycloak } from 'koa-keycloak'
const app = new Koa()
const redis = redisStore({ url: 'redis://127.0.0.1:6379', commandTimeout: 1000, maxRetriesPerRequest: 1 })
app.use(session({ store: redis, sameSite: 'lax' }, app))
createKeycloak({ configuration: 'https://host/realms/a', clientId: 'app', store: redis })
`

/** Libraries are checked as well; what concerns others' types only is theirs. */
function typeErrors(consumer: Consumer, folder: string): string[] {
  try {
    consumer.run(process.execPath, [join(root, 'node_modules/typescript/bin/tsc'), '-p', folder])
    return []
  } catch (error) {
    const lines = String(error)
      .split('\n')
      .filter(line => /error TS/.test(line))
    assert.ok(lines.length > 0, String(error))
    return lines.filter(line => line.startsWith(folder) || line.includes('node_modules/koa-keycloak/'))
  }
}
