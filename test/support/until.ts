import assert from 'node:assert/strict'
import { setTimeout as delay } from 'node:timers/promises'

/** Waits for something that happens in another process, by looking again and again, and not for ever. */
export async function until(
  holds: () => boolean | Promise<boolean>,
  { seconds = 10, what = 'It does not happen.' } = {},
): Promise<void> {
  const end = performance.now() + seconds * 1000
  while (!(await holds())) {
    assert.ok(performance.now() < end, what)
    await delay(10)
  }
}
