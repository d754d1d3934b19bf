/** The function, called once: every later call gets the same outcome, a failure too. */
export function memo<T>(ask: () => Promise<T>): () => Promise<T> {
  let asked: Promise<T> | undefined
  return () => {
    asked ??= ask()
    return asked
  }
}
