import assert from 'node:assert/strict'
import { KeycloakError } from '../../../src/index.js'

/** Every error that the application saw is the package's, with a code, or one that Koa throws for a bad request. */
export function assertOurs(errors: Error[], cause: 'visitor' | 'provider'): void {
  for (const error of errors) {
    const { status, code } = error as { status?: number; code?: unknown }
    const known = error instanceof KeycloakError && typeof code === 'string'
    assert.ok(known || isBadRequest(error), `not ours: ${error.stack}`)
    if (cause === 'visitor') assert.ok((status ?? 500) < 500, `a visitor caused ${status}: ${error.stack}`)
  }
}

function isBadRequest(error: Error): boolean {
  const { status = 500, expose } = error as { status?: number; expose?: boolean }
  return expose === true && status < 500
}

/** Neither secrets nor what came from outside into a text. */
export function assertTellsNothing(answer: string): void {
  for (const secret of ['app-secret', 'a key for tests', 'secret internals', '    at ']) {
    assert.ok(!answer.includes(secret), `the answer tells “${secret}”`)
  }
}
