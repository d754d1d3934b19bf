/** What `withDeadline` rejects with. */
export class DeadlineError extends Error {
  override name = 'DeadlineError'
}

/** The longest time that a timer can keep, in milliseconds; a longer one would end at once. */
const LONGEST = 2 ** 31 - 1

/** The promise's outcome, or a `DeadlineError` after so many seconds, whatever the promise does then. */
export function withDeadline<T>(promise: Promise<T>, seconds: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const time = Math.min(seconds * 1000, LONGEST)
    const timer = setTimeout(() => reject(new DeadlineError(`no answer within ${seconds} s`)), time)
    promise.then(
      value => {
        clearTimeout(timer)
        resolve(value)
      },
      error => {
        clearTimeout(timer)
        reject(error)
      },
    )
  })
}
