export interface Deferred<T> {
  promise: Promise<T>
  resolve(value: T): void
  reject(reason: unknown): void
}

/** A promise, and how to settle it from outside. */
export function deferred<T = void>(): Deferred<T> {
  const functions = {} as Omit<Deferred<T>, 'promise'>
  const promise = new Promise<T>((resolve, reject) => Object.assign(functions, { resolve, reject }))
  return { promise, ...functions }
}
