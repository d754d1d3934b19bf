/** What `withDeadline` rejects with. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
}

/** The promise's outcome, or a `DeadlineError` after so many seconds, whatever the promise does then. */
export function withDeadline<T>(promise: Promise<T>, seconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new DeadlineError(`no answer within ${seconds} s`)), seconds * 1000)
    promise.then(resolve, reject).finally(() => clearTimeout(timer))
  })
}
