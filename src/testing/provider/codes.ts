import { randomBytes } from 'node:crypto'
import type { Grant } from './sessions.js'

/** Authorization codes: each is good once. */
export class Codes {
  readonly #grants = new Map<string, Grant>()

  issue(grant: Grant): string {
    const code = randomBytes(16).toString('base64url')
    this.#grants.set(code, grant)
    return code
  }

  take(code: string): Grant | undefined {
    const grant = this.#grants.get(code)
    this.#grants.delete(code)
    return grant
  }
}
