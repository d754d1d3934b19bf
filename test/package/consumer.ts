import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const root = join(import.meta.dirname, '../..')

/** What `npm pack` makes of the sources as they are now. */
export interface Tarball {
  path: string
  /** Paths inside, as they will be below node_modules/koa-keycloak. */
  files: string[]
  remove(): void
}

/** Somebody else's folder, into which the package was installed from its tarball, with what it needs. */
export interface Consumer {
  folder: string
  write(name: string, text: string): void
  /** Runs a command there; what it printed. Throws, with what it printed, when it fails. */
  run(command: string, args: string[]): string
  /** Starts a program there; resolves with its first line. */
  start(command: string, args: string[], env: Record<string, string>): Promise<{ line: string; stop(): void }>
  remove(): void
}

export function pack(): Tarball {
  const folder = mkdtempSync(join(tmpdir(), 'koa-keycloak-pack-'))
  const output = execute(root, 'npm', ['pack', '--json', '--pack-destination', folder])
  // `prepack` builds first, and its own lines come before the JSON.
  const [tarball] = JSON.parse(output.slice(output.search(/^\[/m))) as [
    { filename: string; files: { path: string }[] },
  ]
  return {
    path: join(folder, tarball.filename),
    files: tarball.files.map(({ path }) => path),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

export function createConsumer(tarball: Tarball, packages: string[]): Consumer {
  const folder = mkdtempSync(join(tmpdir(), 'koa-keycloak-consumer-'))
  writeFileSync(join(folder, 'package.json'), '{ "private": true }\n')
  execute(folder, 'npm', [
    'install',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
    tarball.path,
    ...packages,
  ])
  return {
    folder,
    write(name, text) {
      mkdirSync(join(folder, name, '..'), { recursive: true })
      writeFileSync(join(folder, name), text)
    },
    run: (command, args) => execute(folder, command, args),
    start: (command, args, env) => launch(folder, command, args, env),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}

/** The path of a Node of that version, which npm fetches where it is not there yet. */
export function nodePath(version: string): string {
  const args = ['exec', '--yes', `--package=node@${version}`, '--', 'node', '-p', 'process.execPath']
  return execute(tmpdir(), 'npm', args).trim()
}

function execute(cwd: string, command: string, args: string[]): string {
  try {
    return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' })
  } catch (error) {
    const { stdout, stderr } = error as { stdout?: string; stderr?: string }
    throw new Error(`${command} ${args.join(' ')} failed\n${stdout ?? ''}${stderr ?? ''}`)
  }
}

async function launch(cwd: string, command: string, args: string[], env: Record<string, string>) {
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env }, stdio: 'pipe' })
  const orphan = () => child.kill('SIGKILL')
  process.on('exit', orphan)
  const line = await new Promise<string>((resolve, reject) => {
    let output = ''
    child.on('error', reject)
    child.on('exit', code => reject(new Error(`${command} ended (${code}): ${output}`)))
    for (const stream of [child.stdout, child.stderr]) {
      stream.on('data', chunk => {
        output += chunk
        if (output.includes('\n')) resolve(output.split('\n')[0] ?? '')
      })
    }
  })
  const stop = () => {
    process.off('exit', orphan)
    child.removeAllListeners('exit')
    child.kill('SIGKILL')
  }
  return { line, stop }
}
