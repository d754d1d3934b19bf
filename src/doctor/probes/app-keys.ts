import type { Probe } from '../examination.js'
import { finding } from '../findings.js'
import { Unexamined } from '../report.js'

/** Bytes below which a key can be guessed. */
const MIN_BYTES = 16

/** What stands in examples. */
const USUAL = /secret|change|example|password|key|test|koa|1234/i

/** The keys that sign the cookies. */
export const appKeys: Probe = {
  what: 'app.keys',
  examine({ options: { app } }) {
    if (app === undefined) throw new Unexamined('the doctor was not given the application')
    const keys = app.keys
    if (keys === undefined || keys === null || (Array.isArray(keys) && keys.length === 0))
      return [finding('app_keys_missing')]
    if (!Array.isArray(keys)) throw new Unexamined('they are inside a Keygrip')
    return keys.every(isStrong) ? [] : [finding('app_keys_weak')]
  },
}

/** Long, and neither a phrase that stands in examples nor a few characters again and again. */
function isStrong(key: unknown): boolean {
  if (key instanceof Uint8Array) return key.byteLength >= MIN_BYTES
  if (typeof key !== 'string' || Buffer.byteLength(key) < MIN_BYTES) return false
  return new Set(key).size >= 8 && (key.length >= 2 * MIN_BYTES || !USUAL.test(key))
}
