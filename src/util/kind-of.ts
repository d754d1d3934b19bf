/** What kind of thing a value is, in words for an error text. Of the value itself they tell nothing: it may be a secret. */
export function kindOf(value: unknown): string {
  if (value === undefined || value === null || Number.isNaN(value)) return `${value}`
  if (value === '') return 'an empty string'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (isKoaContext(value)) return 'the context of a request'
  if (isPromise(value)) return 'a promise, which has to be awaited'
  const type = typeof value
  return /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
}

/** Whether Koa made this for a request: a factory that is given one was meant to be called first. */
export function isKoaContext(value: unknown): boolean {
  return isObject(value) && ['app', 'req', 'res', 'state'].every(name => name in value)
}

/** Whether it is `{…}` or made of JSON; in a class's instance an option may be out of sight, behind a getter. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (!isObject(value)) return false
  const prototype: unknown = Object.getPrototypeOf(value)
  // Every realm of a test runner has an Object.prototype of its own.
  return prototype === null || Object.getPrototypeOf(prototype) === null
}

function isPromise(value: unknown): boolean {
  return isObject(value) && typeof value.then === 'function'
}

/** Whether a value is an object with members, as JSON has them: no array. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
