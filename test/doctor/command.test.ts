import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../src/doctor/command/run.js'
import { clientRepresentation } from '../../src/doctor/index.js'
import { createProvider } from '../../src/index.js'
import { type SmallKeycloak, startSmallKeycloak } from './small-keycloak.js'

const BASE = 'http://localhost:9'
const root = join(import.meta.dirname, '../..')

interface Ran {
  code: number
  out: string
  err: string
}

describe('koa-keycloak, the command', () => {
  let op: SmallKeycloak
  let folder: string
  before(async () => {
    op = await startSmallKeycloak(BASE)
    folder = mkdtempSync(join(tmpdir(), 'doctor-'))
  })
  after(async () => {
    rmSync(folder, { recursive: true })
    await op.close()
  })

  async function command(line: string, environment: Record<string, string> = {}): Promise<Ran> {
    const ran = { code: -1, out: '', err: '' }
    ran.code = await run(line.split(' ').filter(Boolean), environment, {
      out: text => {
        ran.out += `${text}\n`
      },
      err: text => {
        ran.err += `${text}\n`
      },
    })
    return ran
  }

  function write(name: string, text: string): string {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }

  const environment = () => ({
    KEYCLOAK_CONFIGURATION: op.issuer,
    KEYCLOAK_CLIENT_ID: 'koa-app',
    KEYCLOAK_CLIENT_SECRET: 's3cret',
    BASE_URL: BASE,
  })

  describe('doctor', () => {
    it('ends with 0 where it finds nothing, and says what it did not look at', async () => {
      const { code, out, err } = await command('doctor', environment())
      assert.deepEqual([code, err], [0, ''])
      assert.match(out, /nothing found\.\n$/)
      assert.match(out, /not looked at\n.*app\.keys: /s)
    })

    it('ends with 1 for an error, and shows what was seen and what to change', async () => {
      const { code, out } = await command('doctor', { ...environment(), KEYCLOAK_CLIENT_SECRET: 'another' })
      assert.equal(code, 1)
      assert.match(out, /^error {2}client_rejected\n {2}seen {4}.*\n {2}change {2}.*Credentials/)
      assert.match(out, /1 error, 0 warnings\.\n$/)
      assert.doesNotMatch(out, /another\b.*secret|s3cret/)
    })

    it('ends with 0 for a warning, and with 1 where one counts', async () => {
      op.knobs.pkceRequired = false
      try {
        assert.equal((await command('doctor', environment())).code, 0)
        assert.equal((await command('doctor --strict', environment())).code, 1)
      } finally {
        op.knobs.pkceRequired = true
      }
    })

    it('gives the whole report as JSON', async () => {
      const { out } = await command('doctor --json', environment())
      const report = JSON.parse(out)
      assert.deepEqual(Object.keys(report), ['healthy', 'findings', 'examined', 'unexamined'])
      assert.deepEqual([report.healthy, report.findings], [true, []])
    })

    it('goes by the command line before the environment', async () => {
      const line = `doctor --json --client-id other --base-url ${BASE} --scope openid --scope orders`
      const { findings } = JSON.parse((await command(line, environment())).out)
      assert.equal(findings[0].code, 'client_unknown')
    })

    it('takes the administrator from the environment alone, and asks for what is missing', async () => {
      const { code, err } = await command('doctor --admin', environment())
      assert.equal(code, 2)
      assert.match(err, /KEYCLOAK_ADMIN_PASSWORD/)
      const wrong = { ...environment(), KEYCLOAK_ADMIN: 'admin', KEYCLOAK_ADMIN_PASSWORD: 'a-password' }
      const { out } = await command('doctor --admin --admin-realm demo', wrong)
      assert.match(out, /admin_refused/)
      assert.doesNotMatch(out, /a-password/)
    })
  })

  describe('the configuration', () => {
    const options = () =>
      `{ configuration: '${op.issuer}', clientId: 'koa-app', clientSecret: 's3cret', baseUrl: '${BASE}' }`
    const index = () => JSON.stringify(join(root, 'src/index.ts'))

    it('is what createKeycloak() returns, with the application beside it', async () => {
      const file = write(
        'app.ts',
        `import { createKeycloak } from ${index()}
         export const keycloak = createKeycloak(${options()})
         export const app = { keys: ['short'] }`,
      )
      const { code, out } = await command(`doctor --config ${file}`)
      assert.equal(code, 0)
      assert.match(out, /app_keys_weak/)
    })

    it('is options, or a provider, or a CommonJS module, or JSON', async () => {
      const files = [
        write('options.mjs', `export default ${options()}`),
        write(
          'provider.ts',
          `import { createProvider } from ${index()}; export default createProvider(${options()})`,
        ),
        write('options.cjs', `module.exports = { keycloak: ${options()} }`),
        write('alone.cjs', `module.exports = ${options()}`),
        write(
          'options.json',
          JSON.stringify({ configuration: op.issuer, clientId: 'koa-app', baseUrl: BASE }),
        ),
      ]
      for (const file of files) {
        const { code, out, err } = await command(`client --config ${file}`)
        assert.deepEqual([code, err], [0, ''], file)
        assert.equal(JSON.parse(out).clientId, 'koa-app', file)
      }
    })

    it('is refused where it can not be used, without its values', async () => {
      const wrong: [line: string, words: RegExp][] = [
        ['client', /--configuration is missing/],
        [`client --configuration ${op.issuer}`, /--client-id is missing/],
        ['client --configuration nowhere --client-id a', /configuration has to be/],
        ['client --config nowhere.mjs', /can not be loaded/],
        ['client --config nowhere.json', /can not be read/],
        [`client --config ${write('broken.json', '{')}`, /is not JSON/],
        [`client --config ${write('throws.mjs', 'throw new Error("on purpose")')}`, /on purpose/],
        [`client --config ${write('empty.mjs', 'export {}')}`, /takes its options as an object/],
        [`client --config ${write('more.mjs', 'export default {}')} --client-id a`, /contradict/],
        [`client --client-id a --configuration ${op.issuer}`, /baseUrl is missing/],
      ]
      for (const [line, words] of wrong) {
        const { code, out, err } = await command(line)
        assert.deepEqual([code, out], [2, ''], line)
        assert.match(err, words)
      }
    })
  })

  describe('client', () => {
    it('prints what clientRepresentation() gives', async () => {
      const line = 'client --service-account --post-logout / --post-logout /bye --prefix /sso --secret'
      const { code, out } = await command(line, environment())
      const provider = createProvider({
        configuration: op.issuer,
        clientId: 'koa-app',
        clientSecret: 's3cret',
        prefix: '/sso',
      })
      const expected = clientRepresentation(provider, {
        baseUrl: BASE,
        postLogoutRedirectUris: ['/', '/bye'],
        serviceAccount: true,
        secret: true,
      })
      assert.equal(code, 0)
      assert.deepEqual(JSON.parse(out), expected)
    })

    it('prints no secret that was not asked for', async () => {
      assert.doesNotMatch((await command('client', environment())).out, /s3cret/)
      assert.doesNotMatch((await command('client --terraform', environment())).out, /s3cret/)
    })

    it('prints a resource for Terraform', async () => {
      const { resource } = JSON.parse((await command('client --terraform', environment())).out)
      const client = resource.keycloak_openid_client['koa-app']
      assert.deepEqual(client.valid_redirect_uris, [`${BASE}/openid/auth`])
      assert.equal(client.frontchannel_logout_enabled, false)
      assert.equal(client.backchannel_logout_url, `${BASE}/openid/logout_request`)
    })
  })

  it('helps, and refuses what it does not know', async () => {
    for (const line of ['', 'help', '--help', 'doctor -h']) {
      const { code, out } = await command(line)
      assert.equal(code, 0, line)
      assert.match(out, /koa-keycloak doctor/)
    }
    const strange = [
      'doctro',
      'doctor --nope',
      'doctor more',
      'doctor --secret',
      'client --admin',
      'doctor --scope',
    ]
    for (const line of strange) assert.equal((await command(line, environment())).code, 2, line)
  })

  it('ends by itself, with its exit code, though the configuration keeps a timer', () => {
    const file = write(
      'timer.mjs',
      `setInterval(() => {}, 1e6); export default ${JSON.stringify({ configuration: op.issuer, clientId: 'a' })}`,
    )
    const bin = join(root, 'src/doctor/command/koa-keycloak.ts')
    const args = ['--import=tsx', bin, 'client', '--config', file, '--base-url', BASE]
    const { status, stdout } = spawnSync(process.execPath, args, {
      cwd: root,
      encoding: 'utf8',
      timeout: 20_000,
    })
    assert.equal(status, 0)
    assert.equal(JSON.parse(stdout).clientId, 'a')
  }).timeout(30_000)
})
