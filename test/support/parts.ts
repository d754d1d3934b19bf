import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'

/** What tests use beside Node and the packages of npm: programs, one of which has to be there, and Debian's package. */
const PARTS = {
  redis: { programs: ['redis-server'], debian: 'redis-server' },
  chromium: { programs: ['chromium', 'chromium-browser', 'google-chrome'], debian: 'chromium' },
  nginx: { programs: ['nginx'], debian: 'nginx-light' },
  openssl: { programs: ['openssl'], debian: 'openssl' },
  java: { programs: ['java'], debian: 'openjdk-17-jre-headless' },
  maven: { programs: ['mvn'], debian: 'maven' },
} as const

export type Part = keyof typeof PARTS

/** Which parts the loaded tests need, and whether it is time to ask for them. */
export class Parts {
  readonly #needed = new Set<Part>()
  readonly #say: (complaint: string) => void
  #settled = false

  constructor(say: (complaint: string) => void) {
    this.#say = say
  }

  need(part: Part): void {
    this.#needed.add(part)
  }

  /** Gives what is needed and missing to `install`, by Debian's name; from now on parts can be asked for. */
  settle(install: (debian: string) => void): void {
    for (const part of this.#needed) if (find(part) === undefined) install(PARTS[part].debian)
    this.#settled = true
  }

  programOf(part: Part): string | undefined {
    if (this.#settled) return find(part)
    const complaint = `Nothing is installed yet: ask for ${part} in a hook or in a test.`
    this.#say(complaint) // of an error while a file is loaded Mocha shows another one, of its second try
    throw new Error(complaint)
  }
}

/** One for the process: modules are loaded twice where Mocha requires one test file and imports another. */
const key = Symbol.for('the parts that tests use')
const shared = globalThis as { [key]?: Parts }
shared[key] ??= new Parts(console.error)
export const parts: Parts = shared[key]

/** Says while a file is loaded that its tests use this part: it is installed before the first test runs. */
export function needs(part: Part): void {
  parts.need(part)
}

/** Path of the program that a part is. Throws before what is missing has been installed. */
export function programOf(part: Part): string | undefined {
  return parts.programOf(part)
}

/** Whether a part is there. Throws before what is missing has been installed. */
export function available(part: Part): boolean {
  return parts.programOf(part) !== undefined
}

function find(part: Part): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter).filter(Boolean)
  return PARTS[part].programs.flatMap(name => folders.map(folder => join(folder, name))).find(isProgram)
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
