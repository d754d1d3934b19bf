import { Unexamined } from './report.js'

/**
 * The function, called once: every later call gets the same outcome. Only what failed on its way is tried again.
 */
export function memo<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    asked ??= ask().catch(error => {
      if (!(error instanceof Unexamined)) asked = undefined
      throw error
    })
    return asked
  }
}
